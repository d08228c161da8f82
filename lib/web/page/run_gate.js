// What the gate says of one run: the names that hold it back and how to mend them, and who let what
// pass. With a session also the two small forms, to let something pass and to take that back.
import { button, element, nameOf, setText } from "./dom.js";
import {
  blockingFindings,
  byRule,
  count,
  endOfDay,
  findingsOfHold,
  isWithin,
  overrideWords,
  placeWords,
} from "./gate_words.js";
import { focusForm, personForm } from "./person_form.js";

/** Names shown of one rule; the audit lists them all. */
const MOST_NAMES = 3;
const SHOWN_OVERRIDES = ["active", "expired", "unusable"];
const SIGNATURE = { name: "operator", label: "Your name", kind: "signature", required: true };
const REASON = { name: "reason", label: "Why", kind: "text", required: true };
const KEPT = "Kept in the run's record, with your name.";

export class RunGate {
  #doors;
  #job = null;
  #gate = null;
  #overrides = [];
  #held = [];
  #asked = "";
  #drawn = "";
  #canPass = false;
  #faults = element("ul", "faults");
  #passes = element("ul", "passes");
  #open;
  #form = element("div");
  #trouble = element("p", "detail");

  constructor(doors) {
    this.#doors = doors;
    this.#open = button("Let it pass …", "", () => this.#letPass());
    this.element = element(
      "div",
      "run-gate",
      this.#faults,
      this.#passes,
      this.#open,
      this.#trouble,
      this.#form,
    );
    for (const part of [this.element, this.#open, this.#trouble]) part.hidden = true;
  }

  /** True when what holds the run is said here, name by name. */
  get speaks() {
    return this.#faults.children.length > 0;
  }

  /** `gate`: `{problems, version, overridden, explain(rule)}`; null before the first answer. */
  async update(job, gate) {
    this.#job = job;
    this.#gate = gate;
    // What this page let pass itself is known here before the next audit knows it.
    const concerned = gate &&
      (job.hold === "gate" || gate.overridden.has(job.run_path) || this.#overrides.length > 0);
    const question = concerned
      ? `${job.state} ${job.hold} ${job.generation} ${gate.version}`
      : "nothing";
    if (question !== this.#asked) {
      this.#asked = question;
      await this.#ask(concerned, question);
    }
    this.#draw();
  }

  async #ask(concerned, question) {
    if (!concerned) {
      this.#overrides = [];
      return;
    }
    const { run_path, id, hold } = this.#job;
    try {
      const { overrides } = await this.#doors.get(`/overrides?run=${encodeURIComponent(run_path)}`);
      // What the last audit has not seen yet stands in the timeline.
      const known = hold !== "gate" || this.#blocking(overrides).length > 0;
      const events = known ? [] : (await this.#doors.get(`/jobs/${id}/history`)).events;
      if (question !== this.#asked) return;
      this.#overrides = overrides;
      this.#held = findingsOfHold(events);
      setText(this.#trouble, "");
    } catch (error) {
      setText(this.#trouble, error.message);
    }
  }

  #blocking(overrides = this.#overrides) {
    return blockingFindings(this.#job, this.#gate.problems.findings, overrides);
  }

  #findings() {
    if (this.#job.hold !== "gate" || !this.#gate) return [];
    const blocking = this.#blocking();
    return blocking.length > 0 ? blocking : this.#held;
  }

  /** Places that could not be judged hold a run too: a check that could not run is no pass. */
  #unjudged() {
    if (this.#job.hold !== "gate" || !this.#gate) return [];
    return this.#gate.problems.problems.filter(({ path }) => isWithin(path, this.#job.run_path));
  }

  /** Rebuilt only when it says something else: a button must survive being pressed. */
  #draw() {
    const groups = byRule(this.#findings());
    const unjudged = this.#unjudged();
    const passes = this.#overrides.filter(({ state }) => SHOWN_OVERRIDES.includes(state));
    const says = JSON.stringify([groups, unjudged, passes, this.#trouble.textContent]);
    if (says === this.#drawn) return;
    this.#drawn = says;
    this.#faults.replaceChildren(
      ...groups.map((group) => this.#fault(group)),
      ...unjudged.slice(0, MOST_NAMES).map((problem) => this.#unjudgedLine(problem)),
    );
    this.#passes.replaceChildren(...passes.map((override) => this.#pass(override)));
    this.#canPass = groups.length > 0;
    this.#drawOpen();
    this.element.hidden = !this.speaks && passes.length === 0 && this.#trouble.hidden;
    if (!this.#canPass && this.#form.querySelector("select")) this.#close();
  }

  #drawOpen() {
    const asks = this.#form.children.length > 0;
    this.#open.hidden = asks || !this.#doors.mayChange || !this.#canPass;
  }

  #fault({ rule, found }) {
    const names = found.slice(0, MOST_NAMES).map((finding) =>
      element(
        "p",
        "fault",
        nameOf(placeWords(finding.offending_path, this.#job.run_path)),
        ` ${finding.rule_detail}`,
      )
    );
    const more = found.length - names.length;
    const rest = more > 0
      ? [element("p", "fault", `and ${count(more, "more", "more")} like it`)]
      : [];
    return element("li", "", ...names, ...rest, element("p", "fix", this.#gate.explain(rule).fix));
  }

  #unjudgedLine({ path, message }) {
    const name = nameOf(placeWords(path, this.#job.run_path));
    return element("li", "fault", name, ` could not be looked at: ${message}`);
  }

  #pass(override) {
    const title = (rule) => this.#gate.explain(rule).title;
    const line = element("li", "", overrideWords(override, title));
    line.dataset.state = override.state;
    if (this.#doors.mayChange && override.state === "active") {
      line.append(" ", button("Revoke …", "quiet-button", () => this.#revoke(override)));
    }
    return line;
  }

  #letPass() {
    const rules = byRule(this.#findings()).map(({ rule }) => [
      rule,
      this.#gate.explain(rule).title,
    ]);
    this.#show({
      fields: [
        { name: "class", label: "What", kind: "select", options: rules },
        SIGNATURE,
        REASON,
        { name: "day", label: "Until the end of (optional)", kind: "date" },
      ],
      note: KEPT,
      words: "Let it pass",
      send: ({ day, ...draft }) =>
        this.#send("/overrides", { ...draft, expires_at: endOfDay(day) }),
    });
  }

  #revoke({ id }) {
    this.#show({
      fields: [SIGNATURE, REASON],
      note: KEPT,
      words: "Revoke",
      send: (draft) => this.#send("/overrides/revoke", { ...draft, id }),
    });
  }

  async #send(path, draft) {
    const { overrides } = await this.#doors.post(path, { run: this.#job.run_path, ...draft });
    this.#overrides = overrides;
    this.#draw();
  }

  #show(about) {
    const form = personForm({ ...about, close: () => this.#close() });
    this.#form.replaceChildren(form);
    this.#drawOpen();
    focusForm(form);
  }

  #close() {
    this.#form.replaceChildren();
    this.#drawOpen();
  }
}
