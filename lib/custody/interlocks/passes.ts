/** 1. Enough complete passes for this generation at this place, far enough from each other. */
import { counted } from "../../base/mod.ts";
import { countedPasses, HOUR_MS, remainingMs } from "../counted_passes.ts";
import type { TimeFacts } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

export function passes(facts: TimeFacts): Judgement {
  const { policy, now } = facts;
  const good = countedPasses(facts);
  const evidence = {
    needed: policy.minVerifyPasses,
    min_gap_hours: policy.minGapHours,
    counted: good.map(({ id, strength, startedAt, endedAt, observedMs }) => ({
      pass: id,
      strength,
      started_at: startedAt,
      ended_at: endedAt,
      observed_ms: observedMs,
    })),
  };
  const missing = policy.minVerifyPasses - good.length;
  if (missing <= 0) {
    const sentence = `it was compared completely ${counted(good.length, "time")}`;
    return { stand: "holds", sentence, evidence };
  }
  const last = good.at(-1);
  const gapMs = policy.minGapHours * HOUR_MS;
  // Each of the further ones needs its own gap.
  const waitMs = (last ? remainingMs({ pass: last, spanMs: gapMs }, facts) : 0) +
    (missing - 1) * gapMs;
  const of = `${good.length} of ${counted(policy.minVerifyPasses, "complete comparison")}`;
  return {
    stand: "waits",
    sentence: `${of} made; the next is due ${
      last ? `${policy.minGapHours} h after the last` : "at once"
    }`,
    evidence,
    from: new Date(now.getTime() + waitMs).toISOString(),
  };
}
