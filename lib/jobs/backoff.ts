/**
 * When to try again. The steps are the contract's (`30 s, 2 min, 8 min, 30 min, 2 h`), with jitter; the
 * last is never waited for while the fifth failure asks for a person (`MAX_ATTEMPTS`).
 */
const STEPS_MS = [30_000, 120_000, 480_000, 1_800_000, 7_200_000] as const;

/** Attempts charged to a run before a person has to look: after the fifth it is `failed`. */
export const MAX_ATTEMPTS = 5;

/**
 * Milliseconds to wait after the `attempts`-th failure (from 1). `random` in [0, 1) spreads the
 * wait over ±20 %, so that many PCs do not come back to a NAS in the same second.
 */
export function backoffMs(attempts: number, random: number): number {
  const index = Math.min(Math.max(attempts, 1), STEPS_MS.length) - 1;
  return Math.round(STEPS_MS[index]! * (0.8 + 0.4 * random));
}

/** Longest wait between two probes of a destination that is down. */
const LONGEST_PROBE_MS = 480_000;

/**
 * The wait before the next probe of a destination. It follows the same steps but stops at 8 minutes:
 * a probe is one round trip, and a NAS that is back should not be idle for two hours.
 */
export function probeDelayMs(failures: number, random: number): number {
  return Math.min(backoffMs(failures, random), LONGEST_PROBE_MS);
}
