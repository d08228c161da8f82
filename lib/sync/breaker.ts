/**
 * The state of a destination. A NAS that is off for a weekend is not the fault of any run: its
 * breaker opens, its runs wait uncharged, one cheap probe asks again, and the first success lets
 * them all go.
 */
import { probeDelayMs } from "../jobs/mod.ts";

export type Breaker =
  | { readonly state: "up" }
  | {
    readonly state: "down";
    readonly code: string;
    readonly reason: string;
    /** What to do about it, in the words of where it was thrown; null when they say nothing. */
    readonly hint: string | null;
    /** When it went down, and when it is asked again; ISO 8601 UTC. */
    readonly since: string;
    readonly nextProbeAt: string;
    /** Failures in a row, probes included. */
    readonly failures: number;
  };

export type BreakerEvent =
  | {
    readonly type: "failure";
    readonly code: string;
    readonly reason: string;
    readonly hint: string | null;
    readonly at: Date;
    readonly random: number;
  }
  | { readonly type: "success" };

export const UP: Breaker = { state: "up" };

/** The breaker after `event`. */
export function advance(breaker: Breaker, event: BreakerEvent): Breaker {
  if (event.type === "success") return UP;
  const { code, reason, hint, at, random } = event;
  const failures = breaker.state === "down" ? breaker.failures + 1 : 1;
  const since = breaker.state === "down" ? breaker.since : at.toISOString();
  const nextProbeAt = new Date(at.getTime() + probeDelayMs(failures, random)).toISOString();
  return { state: "down", code, reason, hint, since, nextProbeAt, failures };
}
