/**
 * When a proven run is compared again, and why: the passes that a deletion needs first, then the scrub
 * for as long as the run is kept. Pure.
 */
import { countedPasses, hasEnded, HOUR_MS, remainingMs } from "./counted_passes.ts";
import type { CustodyFacts } from "./facts.ts";
import type { PassPolicy } from "./policy.ts";

export interface NextPass {
  readonly at: Date;
  readonly why: string;
  /** `scrub`: only what the day's share lets be read. */
  readonly kind: "pass" | "scrub" | "none";
}

export interface PassFacts
  extends Pick<CustodyFacts, "job" | "passes" | "now" | "observedMs" | "destinationUuid"> {
  readonly policy: PassPolicy;
  /** From 0 to 1: not all runs of one day are read again on one day. */
  readonly random: number;
}

/** Also where passes need no gap: what was in vain a moment ago is so again. */
const LEAST_GAP_HOURS = 1;
const DAY_MS = 24 * HOUR_MS;
/** Without a scrub it is asked again whether there is one by then. */
const ASK_AGAIN_MS = 30 * DAY_MS;
/** The scrub of a run comes up to a tenth of its interval early. */
const SPREAD = 0.1;

export function nextPass(facts: PassFacts): NextPass {
  const { job, policy, now, random } = facts;
  const good = countedPasses({
    ...facts,
    policy: { ...policy, enabled: false, minAgeHours: 0, rehash: true, allowSameDisk: false },
  });
  const last = good.at(-1);
  if (!last) {
    const againMs = inVainMs(facts) + Math.max(policy.minGapHours, LEAST_GAP_HOURS) * HOUR_MS;
    const at = new Date(Math.max(now.getTime(), againMs));
    return { at, why: "no comparison of it counts yet", kind: "pass" };
  }
  if (good.length < policy.minVerifyPasses && job.state !== "cleaned") {
    const waitMs = remainingMs({ pass: last, spanMs: policy.minGapHours * HOUR_MS }, facts);
    const number = `comparison ${good.length + 1} of ${policy.minVerifyPasses}`;
    return { at: new Date(now.getTime() + waitMs), why: number, kind: "pass" };
  }
  if (policy.scrub === "off") {
    const at = new Date(now.getTime() + ASK_AGAIN_MS);
    return { at, why: "proven runs are not read again here (`verify.scrub`)", kind: "none" };
  }
  // One that a stop cut off has not read the run.
  const ended = facts.passes.filter((pass) => hasEnded(pass, now) && pass.outcome !== "abandoned");
  const lastAnyMs = ended.reduce(
    (latest, { endedAt }) => Math.max(latest, Date.parse(endedAt ?? "") || 0),
    -Infinity,
  );
  const dueMs = lastAnyMs + policy.scrubDays * DAY_MS * (1 - SPREAD * random);
  return { at: new Date(Math.max(dueMs, now.getTime())), why: "the scrub", kind: "scrub" };
}

/** No plan that is made now is for a later time: one that is was made by a clock that stood ahead. */
export function latestPlan({ scrubDays, minGapHours }: PassPolicy, now: Date): Date {
  const longestMs = Math.max(scrubDays * DAY_MS, ASK_AGAIN_MS, minGapHours * HOUR_MS);
  return new Date(now.getTime() + longestMs + DAY_MS);
}

/**
 * When the last comparison ended that was made at this place and counts for nothing, such as one that found
 * damage at a run whose local copy is gone; -Infinity when there was none.
 */
function inVainMs({ passes, job, destinationUuid, now }: PassFacts): number {
  const ended = passes.filter((pass) =>
    hasEnded(pass, now) && pass.outcome !== "abandoned" && pass.generation === job.generation &&
    pass.destinationUuid === destinationUuid && pass.farDir === job.farDir
  );
  return ended.reduce((latest, { endedAt }) => Math.max(latest, Date.parse(endedAt!)), -Infinity);
}
