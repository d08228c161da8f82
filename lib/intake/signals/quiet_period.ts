/** `quiet_period`: an instrument that says nothing is done when it has changed nothing for a while. */
import type { SignalVerdict } from "./signal.ts";

const MINUTE_MS = 60_000;

export function judgeQuietPeriod(quietMinutes: number): SignalVerdict {
  return {
    kind: "complete",
    quietMs: quietMinutes * MINUTE_MS,
    evidence: { quiet_minutes: quietMinutes },
  };
}
