/**
 * What is wrong with a run's overrides, said in the log wherever they are evaluated: a tombstone for
 * an id that is not there, an `expires_at` that is no time. Such an entry opens nothing, and the
 * person who wrote it believes that it does something.
 */
import { logger } from "../base/log.ts";
import { type OverrideEntry, overridesAt, type OverrideState } from "../records/mod.ts";

/** Evaluated every round: each fault is said once; beyond this many they are said again. */
const MOST_REMEMBERED = 10_000;
const said = new Set<string>();

/** As `overridesAt`, with a warning for each entry that cannot mean what it says. */
export function evaluateOverrides(entries: readonly OverrideEntry[], at: Date): OverrideState {
  const state = overridesAt(entries, at);
  for (const { id, why } of state.orphans) warn("a revocation has no effect", { id, why });
  for (const { id, why } of state.malformed) warn("an override has no effect", { id, why });
  for (const { id, why } of state.ahead) {
    warn("an override is from the future (the clock was wrong then, or is wrong now)", { id, why });
  }
  return state;
}

function warn(what: string, about: { readonly id: string | null; readonly why: string }): void {
  const line = `${what}: ${about.id ?? "without an id"}: ${about.why}`;
  if (said.has(line)) return;
  if (said.size >= MOST_REMEMBERED) said.clear();
  said.add(line);
  logger("gate").warn("{what}: {id}: {why}", {
    what,
    id: about.id ?? "without an id",
    why: about.why,
  });
}
