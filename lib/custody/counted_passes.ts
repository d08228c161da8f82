/** Which passes count for a deletion: of this place, strong enough, and far enough from each other. */
import type { Job, Pass } from "../queue/mod.ts";
import type { CustodyFacts, DeletionPolicy } from "./facts.ts";

export const HOUR_MS = 3_600_000;

/** Clocks of a PC and of its records differ by so much without being wrong. */
export const CLOCK_DIFFERS_MS = 5 * 60_000;

type PassFacts = Pick<CustodyFacts, "job" | "passes" | "policy" | "destinationUuid" | "now">;

/**
 * Passes that stand for this generation at this destination and far path, with a strength that may
 * unlock deletion, each `minGapHours` after the one before by wall clock and by observed time. One
 * without observed time counts for none (`rules.md` 18), and so does one that is dated ahead of now: it
 * was made while the clock was wrong, and the next ones would wait until the calendar is there.
 */
export function countedPasses(facts: PassFacts): readonly Pass[] {
  const counted: Pass[] = [];
  for (const pass of standingPasses(facts.passes, facts.job)) {
    if (!mayCount(pass, facts)) continue;
    const last = counted.at(-1);
    if (!last || isApart([last, pass], facts.policy)) counted.push(pass);
  }
  return counted;
}

/**
 * Those of the present generation that passed and still stand: damage that was found since takes away
 * what they said, and so does a move of the destination. What was sent again then was written after them.
 */
export function standingPasses(
  passes: readonly Pass[],
  { generation, verifyPasses }: Pick<Job, "generation" | "verifyPasses">,
): readonly Pass[] {
  const own = passes.filter((pass) => pass.generation === generation);
  const damaged = own.findLastIndex(({ outcome, mismatched, missing }) =>
    outcome === "failed" && mismatched + missing > 0
  );
  const passed = own.slice(damaged + 1).filter(({ outcome }) => outcome === "passed");
  return passed.slice(Math.max(0, passed.length - verifyPasses));
}

/** Ended, and not at a time that is still to come. */
export function hasEnded({ endedAt }: Pick<Pass, "endedAt">, now: Date): boolean {
  return endedAt !== null && Date.parse(endedAt) - now.getTime() <= CLOCK_DIFFERS_MS;
}

function mayCount(pass: Pass, { job, policy, destinationUuid, now }: PassFacts): boolean {
  return hasEnded(pass, now) && pass.observedMs !== null &&
    pass.destinationUuid === destinationUuid &&
    pass.farDir === job.farDir && isStrongEnough(pass.strength, policy);
}

/** A deletion stands on bytes that were read, unless the configuration trusts a provider's word. */
export function isStrongEnough(
  strength: Pass["strength"],
  { acceptProviderAsserted }: Pick<DeletionPolicy, "acceptProviderAsserted">,
): boolean {
  return strength === "read_back" || strength === "remote_computed" ||
    (strength === "provider_asserted" && acceptProviderAsserted);
}

function isApart(
  [earlier, later]: readonly [Pass, Pass],
  { minGapHours }: Pick<DeletionPolicy, "minGapHours">,
): boolean {
  const gapMs = minGapHours * HOUR_MS;
  const wallMs = Date.parse(later.startedAt) - Date.parse(earlier.endedAt ?? later.startedAt);
  return wallMs >= gapMs && (later.observedMs ?? 0) - (earlier.observedMs ?? 0) >= gapMs;
}

/**
 * Milliseconds until `spanMs` have gone by since `pass` ended, by both clocks; 0 when they have. As long
 * as the service runs, observed time passes as wall time does.
 */
export function remainingMs(
  { pass, spanMs }: { readonly pass: Pass; readonly spanMs: number },
  { now, observedMs }: Pick<CustodyFacts, "now" | "observedMs">,
): number {
  const wallMs = now.getTime() - Date.parse(pass.endedAt ?? now.toISOString());
  const seenMs = observedMs - (pass.observedMs ?? observedMs);
  return Math.max(0, spanMs - Math.min(wallMs, seenMs));
}
