/**
 * The last day by its hours, from the moves of the runs: pure. What was sent is known when a push is
 * whole; how many waited is reckoned back from how many wait now.
 */
import type { JobState, Move } from "../queue/mod.ts";
import type { PaceHour } from "./pace_view.ts";

export interface LastDayFacts {
  /** Oldest first, up to now. */
  readonly moves: readonly Move[];
  /** When the work that a push was part of began, ISO 8601. */
  readonly claimedAt: (push: Move) => string | null;
  /** Runs that wait or are worked on now. */
  readonly waitingNow: number;
  readonly now: Date;
}

const HOURS = 24;
const HOUR_MS = 3_600_000;
const WAITING: ReadonlySet<JobState | null> = new Set(["queued", "running", "awaiting_verify"]);

/** When the first of the hours begins that are shown. */
export function lastDayBegins(now: Date): number {
  const thisHour = new Date(now);
  thisHour.setMinutes(0, 0, 0);
  return thisHour.getTime() - (HOURS - 1) * HOUR_MS;
}

export function lastDay({ moves, claimedAt, waitingNow, now }: LastDayFacts): PaceHour[] {
  const beginMs = lastDayBegins(now);
  const sent = new Array<number>(HOURS).fill(0);
  for (const move of moves) {
    if (move.bytes === null) continue;
    const endMs = Date.parse(move.at);
    spread(sent, { ...spanOf(claimedAt(move), endMs), bytes: move.bytes, beginMs });
  }
  const waiting = mostWaiting(moves, { beginMs, waitingNow });
  return sent.map((bytes, i) => ({
    from: new Date(beginMs + i * HOUR_MS).toISOString(),
    sent_bytes: Math.round(bytes),
    waiting: waiting[i]!,
  }));
}

/** A clock that was set back makes a push end before it began: then it counts where it ended. */
function spanOf(claimedAt: string | null, endMs: number): { fromMs: number; endMs: number } {
  const fromMs = claimedAt === null ? endMs : Math.min(Date.parse(claimedAt), endMs);
  return { fromMs, endMs };
}

function spread(
  hours: number[],
  { fromMs, endMs, bytes, beginMs }: {
    readonly fromMs: number;
    readonly endMs: number;
    readonly bytes: number;
    readonly beginMs: number;
  },
): void {
  const spanMs = Math.max(1, endMs - fromMs);
  for (let hour = 0; hour < hours.length; hour++) {
    const hourMs = beginMs + hour * HOUR_MS;
    const sharedMs = Math.min(hourMs + HOUR_MS, fromMs + spanMs) - Math.max(hourMs, fromMs);
    if (sharedMs > 0) hours[hour]! += bytes * sharedMs / spanMs;
  }
}

/** Backwards from now: what a move did is undone before it. */
function mostWaiting(
  moves: readonly Move[],
  { beginMs, waitingNow }: { readonly beginMs: number; readonly waitingNow: number },
): number[] {
  const most = new Array<number>(HOURS).fill(0);
  let waiting = waitingNow;
  let hour = HOURS - 1;
  most[hour] = waiting;
  for (const { at, fromState, toState } of moves.toReversed()) {
    const moved = Math.min(HOURS - 1, Math.floor((Date.parse(at) - beginMs) / HOUR_MS));
    while (hour > Math.max(0, moved)) most[--hour] = waiting;
    waiting += Number(WAITING.has(fromState)) - Number(WAITING.has(toState));
    // What was moved behind our back is no reason for a number below nothing.
    waiting = Math.max(0, waiting);
    most[hour] = Math.max(most[hour]!, waiting);
  }
  while (hour > 0) most[--hour] = waiting;
  return most;
}
