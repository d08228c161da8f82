// The last audit as the page keeps it.

export class GateBook {
  /** Null before the first answer. */
  problems = null;
  /** Moves on when something else was found; the time of the audit alone is no news. */
  version = 0;
  /** Paths of runs that have overrides. */
  overridden = new Set();
  #text = "";

  write({ audited_at: _time, ...problems }) {
    const text = JSON.stringify(problems);
    if (text === this.#text) return;
    this.#text = text;
    this.problems = problems;
    this.overridden = new Set(problems.overridden);
    this.version++;
  }

  /** `{title, why, fix}` of a rule, also of one that this page has never heard of. */
  explain(rule) {
    const title = rule.replaceAll("_", " ");
    return this.problems.explanations[rule] ?? { title, why: "", fix: "" };
  }
}
