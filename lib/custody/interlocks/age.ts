/** 2. The generation has been proven for long enough, by wall clock and by time that was lived through. */
import { CLOCK_DIFFERS_MS, countedPasses, HOUR_MS, remainingMs } from "../counted_passes.ts";
import type { TimeFacts } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

export function age(facts: TimeFacts): Judgement {
  const { job, policy, now, observedMs } = facts;
  const [first] = countedPasses(facts);
  const evidence = {
    min_age_hours: policy.minAgeHours,
    first_pass_at: first?.endedAt ?? null,
    now: now.toISOString(),
    observed_hours: first ? rounded((observedMs - (first.observedMs ?? 0)) / HOUR_MS) : null,
  };
  if (!first) {
    return { stand: "waits", sentence: "no complete comparison was made yet", evidence };
  }
  const aheadMs = Date.parse(job.updatedAt) - now.getTime();
  if (aheadMs > CLOCK_DIFFERS_MS) {
    const sentence =
      `this computer's clock is behind what was written at ${job.updatedAt}: it was set back`;
    return { stand: "waits", sentence, evidence };
  }
  const waitMs = remainingMs({ pass: first, spanMs: policy.minAgeHours * HOUR_MS }, facts);
  if (waitMs === 0) {
    const sentence = `it has been proven for more than ${policy.minAgeHours} h`;
    return { stand: "holds", sentence, evidence };
  }
  const seen = `labferry has watched for ${evidence.observed_hours} h since`;
  return {
    stand: "waits",
    sentence: `it has to be proven for ${policy.minAgeHours} h; ${seen}`,
    evidence,
    from: new Date(now.getTime() + waitMs).toISOString(),
  };
}

function rounded(hours: number): number {
  return Math.round(hours * 10) / 10;
}
