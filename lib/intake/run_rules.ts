/** What holds beside the signal: what must not be there, what was expected, how the run ended. */
import type { Outcome, OutcomeRules, RunRules } from "../config/mod.ts";
import { expectedKey, type Marks } from "./marks.ts";
import { wordAt } from "./signals/said_in_file.ts";

/** What waits, as people read it; null when nothing of it is there. */
export function forbiddenThere({ first }: Marks, { forbid }: RunRules): string | null {
  for (const text of forbid) {
    const path = first.get(text);
    if (path !== undefined) return `${path} to go (${text} says that somebody still writes)`;
  }
  return null;
}

/** What the run's rules say of it, stored with its generation. Names are a contract (formats.md). */
export interface RuleEvidence {
  readonly preset?: string;
  readonly outcome?: Outcome;
  /** The word the run itself said, or the file that told. */
  readonly outcome_told_by?: string;
  readonly expected_missing?: readonly string[];
  /** Something that should not be there, and a person said that the run is over. */
  readonly forbidden_there?: string;
}

export function ruleEvidence(marks: Marks, rules: RunRules): RuleEvidence {
  const missing = rules.expect.filter((text) => !marks.counts.get(expectedKey(text)));
  const forbidden = rules.forbid.flatMap((text) => marks.first.get(text) ?? [])[0];
  return {
    ...(rules.preset === null ? {} : { preset: rules.preset }),
    ...outcomeOf(marks, rules),
    ...(missing.length > 0 ? { expected_missing: missing } : {}),
    ...(forbidden === undefined ? {} : { forbidden_there: forbidden }),
  };
}

/** Nothing where nobody asks how a run ends. */
function outcomeOf(
  { first, texts }: Marks,
  { failed, outcome }: RunRules,
): Pick<RuleEvidence, "outcome" | "outcome_told_by"> {
  const fault = failed.flatMap((text) => first.get(text) ?? [])[0];
  if (fault !== undefined) return { outcome: "failed", outcome_told_by: fault };
  if (outcome === null) return {};
  for (const [path, text] of texts.get(outcome.file) ?? []) {
    const word = wordAt(text, outcome);
    if (word !== null) {
      return { outcome: meaning(word, outcome), outcome_told_by: `${path}: ${word}` };
    }
  }
  return { outcome: "unknown" };
}

function meaning(word: string, { completed, failed, aborted }: OutcomeRules): Outcome {
  if (failed.includes(word)) return "failed";
  if (aborted.includes(word)) return "aborted";
  return completed.includes(word) ? "completed" : "unknown";
}
