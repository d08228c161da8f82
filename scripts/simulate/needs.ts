/**
 * What a deletion needs in a life, as its configuration says it. With the usual values a run that is old
 * enough has been compared often enough too, by the deletion's own look at the latest: whether passes are
 * counted shows only where they take longer than the age.
 */
import type { Config } from "../../lib/config/mod.ts";

export interface Needs {
  readonly passes: number;
  /** Between one pass that counts and the next. */
  readonly gapHours: number;
  /** Since the first pass. */
  readonly ageHours: number;
  /** From the last pass to the first unlink. */
  readonly freshHours: number;
}

const AGE_DECIDES: Needs = { passes: 2, gapHours: 12, ageHours: 24, freshHours: 1 };
const PASSES_DECIDE: Needs = { ...AGE_DECIDES, passes: 3, gapHours: 20 };

/** By the seed's number, so that it takes no throw of the dice. */
export function needsOf(seed: number): Needs {
  return seed % 3 === 2 ? PASSES_DECIDE : AGE_DECIDES;
}

export function withNeeds(config: Config, { passes, gapHours, ageHours }: Needs): Config {
  return {
    ...config,
    verify: { ...config.verify, minGapHours: gapHours },
    nasCleanup: { ...config.nasCleanup, minVerifyPasses: passes, minAgeHours: ageHours },
  };
}
