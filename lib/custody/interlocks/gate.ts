/** 4. The gate lets the run pass now, and nobody took back a permission since it was proven. */
import { countedPasses } from "../counted_passes.ts";
import type { CustodyFacts } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

export function gate(facts: CustodyFacts): Judgement {
  const { blockedBy, revoked } = facts.gate;
  const since = countedPasses(facts)[0]?.endedAt ?? null;
  const later = since === null ? revoked : revoked.filter(({ at }) => !isBefore(at, since));
  const evidence = { gate: blockedBy ?? "passes", revoked_since_first_pass: later };
  if (blockedBy !== null) {
    const sentence = `the gate holds it back: ${blockedBy}`;
    return { stand: "blocks", sentence, evidence };
  }
  if (later.length > 0) {
    const sentence = "a permission of the gate was taken back after it was proven";
    return { stand: "blocks", sentence, evidence };
  }
  return { stand: "holds", sentence: "the gate lets it pass", evidence };
}

/** A time that cannot be read is no time before. */
function isBefore(at: string, since: string): boolean {
  return Date.parse(at) < Date.parse(since);
}
