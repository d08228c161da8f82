/**
 * The state of a destination. A NAS that is off for a weekend is not the fault of any run: its
 * breaker opens, its runs wait uncharged, one cheap probe asks again, and the first success lets
 * them all go. One that is full answers every probe: its outage goes on until something was written.
 */
import type { Code } from "../base/mod.ts";
import { probeDelayMs } from "../jobs/mod.ts";

export type Breaker =
  | {
    readonly state: "up";
    /** It was full, answers since, and nobody wrote there yet: no probe sees whether it has room. */
    readonly wasFull?: { readonly since: string; readonly failures: number };
  }
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
  | { readonly type: "success" }
  /** A run went there as far as it had to. */
  | { readonly type: "written" };

export const UP: Breaker = { state: "up" };

const FULL: Code = "destination_full";

/** The breaker after `event`. */
export function advance(breaker: Breaker, event: BreakerEvent): Breaker {
  if (event.type === "written") return breaker.state === "up" ? UP : breaker;
  if (event.type === "success") {
    if (breaker.state === "up") return breaker;
    const { code, since, failures } = breaker;
    return code === FULL ? { state: "up", wasFull: { since, failures } } : UP;
  }
  const { code, reason, hint, at, random } = event;
  const before = breaker.state === "down" ? breaker : code === FULL ? breaker.wasFull : undefined;
  const failures = (before?.failures ?? 0) + 1;
  const since = before?.since ?? at.toISOString();
  const nextProbeAt = new Date(at.getTime() + probeDelayMs(failures, random)).toISOString();
  return { state: "down", code, reason, hint, since, nextProbeAt, failures };
}
