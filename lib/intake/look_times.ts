/**
 * When each run of an equipment is looked at next. A taken run has no time of its own until something
 * is noticed. All times are monotonic milliseconds.
 */
export interface LookedAt {
  readonly tookMs: number;
  /** How soon it is worth looking again; null: nobody has to, until something is noticed. */
  readonly againInMs: number | null;
}

/** A run that takes long to look at is looked at more seldom: at most a twentieth of the time. */
const REST_PER_LOOK = 20;
/** What takes less is a small run, and perhaps a busy computer. */
const LONG_LOOK_MS = 1_000;
/** Events come in bursts; between two looks at one run lies at least this. */
const SHORTEST_REST_MS = 500;
/** Between two looks at all runs because events were lost: in a storm they are lost all the time. */
const SHORTEST_BETWEEN_ALL_MS = 10 * 60_000;
/** The longest rest of a run in which nothing happens: an event that was lost in silence costs no more. */
const LONGEST_REST_MS = 10 * 60_000;
/** Rests that are over are looked for so often. */
const FORGET_EVERY_MS = 60_000;

/** What a look at an open run found, as far as the next one depends on it. */
export interface Outlook {
  /** Null: the usual rest. */
  readonly lookAgainInMs: number | null;
  /** Nothing but a change of its data makes another look worth while. @default false */
  readonly isForChange?: boolean;
  readonly row: { readonly lookedObservedMs: number; readonly changedObservedMs: number };
}

/**
 * How soon an open run is looked at again. Where changes are told and only a change matters, it rests as
 * long as it has been quiet already: then 500 runs that wait for weeks cost nothing, and one that is
 * written to is looked at with every scan.
 */
export function againAfterMs(
  { lookAgainInMs, isForChange = false, row }: Outlook,
  { scanMs, isTold }: { readonly scanMs: number; readonly isTold: boolean },
): number {
  if (lookAgainInMs !== null) return Math.min(lookAgainInMs, scanMs);
  if (!isForChange || !isTold) return scanMs;
  const quietMs = row.lookedObservedMs - row.changedObservedMs;
  return Math.max(scanMs, Math.min(quietMs, LONGEST_REST_MS));
}

export class LookTimes {
  readonly #nowMs: () => number;
  readonly #dueAt = new Map<string, number>();
  /** Until then a run is not looked at, whatever is noticed. */
  readonly #restUntil = new Map<string, number>();
  #forgetAtMs = 0;
  #allDueMs = Infinity;
  #allDoneMs = -Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get nextMs(): number {
    let nextMs = this.#allDueMs;
    for (const ms of this.#dueAt.values()) nextMs = Math.min(nextMs, ms);
    return nextMs;
  }

  /** Something changed in the run, or it is new. */
  notice(runPath: string): void {
    this.#dueAt.set(runPath, Math.max(this.#nowMs(), this.#restUntil.get(runPath) ?? 0));
  }

  /** Events were lost: nobody knows which runs changed. */
  noticeAll(): void {
    this.#allDueMs = Math.max(this.#nowMs(), this.#allDoneMs + SHORTEST_BETWEEN_ALL_MS);
  }

  /** Those of `known` that are due now. */
  due(known: Iterable<string>): string[] {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#allDueMs) {
      for (const runPath of known) this.notice(runPath);
      [this.#allDueMs, this.#allDoneMs] = [Infinity, nowMs];
    }
    return [...this.#dueAt].filter(([, ms]) => ms <= nowMs).map(([runPath]) => runPath);
  }

  /** It is being looked at, or need not be any more: only what is noticed from now on counts. */
  settle(runPath: string): void {
    this.#dueAt.delete(runPath);
  }

  looked(runPath: string, { tookMs, againInMs }: LookedAt): void {
    const nowMs = this.#nowMs();
    const leastMs = tookMs > LONG_LOOK_MS ? REST_PER_LOOK * tookMs : SHORTEST_REST_MS;
    this.#forgetRested(nowMs);
    this.#restUntil.set(runPath, nowMs + leastMs);
    if (this.#dueAt.has(runPath)) this.#dueAt.set(runPath, nowMs + leastMs);
    else if (againInMs !== null) this.#dueAt.set(runPath, nowMs + Math.max(againInMs, leastMs));
  }

  /** Times that are held. */
  get size(): number {
    return this.#dueAt.size + this.#restUntil.size;
  }

  /** A rest that is over says nothing; those of ten thousand runs would be kept for ever. */
  #forgetRested(nowMs: number): void {
    if (nowMs < this.#forgetAtMs) return;
    this.#forgetAtMs = nowMs + FORGET_EVERY_MS;
    for (const [runPath, ms] of this.#restUntil) if (ms <= nowMs) this.#restUntil.delete(runPath);
  }

  forget(runPath: string): void {
    this.#dueAt.delete(runPath);
    this.#restUntil.delete(runPath);
  }
}
