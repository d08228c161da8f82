/**
 * A ceiling on bytes a second that all threads of a copy keep together, and that can be changed
 * while they copy.
 */
import { CANCELLED } from "./messages.ts";

const RATE = 0;
const NEXT_MICROS = 1;
/** A turn further ahead than this, or than so many pieces, comes from a clock that jumped. */
const LONGEST_TURN_MICROS = 5_000_000n;
const MOST_WAITING = 64n;
/** A paced thread writes at most a quarter of a second's bytes at a time. */
const PIECES_PER_SECOND = 4;
const SMALLEST_PIECE_BYTES = 4096;

/** The caller's side: hand `shared` to `copyFiles`. */
export class Pace {
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(16);
  readonly #words = new BigInt64Array(this.shared);

  /** @param bytesPerSecond ceiling; null for none */
  constructor(bytesPerSecond: number | null) {
    this.set(bytesPerSecond);
  }

  /**
   * Changes the ceiling from the next piece on. A pause is the caller's: stop handing out files.
   *
   * @throws RangeError unless the ceiling is null or at least 1
   */
  set(bytesPerSecond: number | null): void {
    if (bytesPerSecond !== null && !(bytesPerSecond >= 1)) {
      throw new RangeError(`a pace must be at least 1 byte a second, got ${bytesPerSecond}`);
    }
    const rate = bytesPerSecond === null ? 0n : BigInt(Math.floor(bytesPerSecond));
    Atomics.store(this.#words, RATE, rate);
  }
}

/** The thread's side: waits its turn before each piece. */
export class PacedThread {
  readonly #words: BigInt64Array<SharedArrayBuffer> | null;
  readonly #control: Int32Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer | null, control: Int32Array<SharedArrayBuffer>) {
    this.#words = shared && new BigInt64Array(shared);
    this.#control = control;
  }

  /** Most bytes to read and write at once, so that a slow pace is smooth and can be cancelled. */
  pieceBytes(most: number): number {
    const rate = this.#rate();
    if (rate === 0n) return most;
    const piece = Math.floor(Number(rate) / PIECES_PER_SECOND);
    return Math.min(most, Math.max(piece, SMALLEST_PIECE_BYTES));
  }

  /** Returns when `bytes` may be written, or early when the caller has given up. */
  waitFor(bytes: number): void {
    const rate = this.#rate();
    if (rate === 0n) return;
    const turn = this.#takeTurn({
      span: spanOf(bytes, rate),
      pieceSpan: spanOf(this.pieceBytes(Number.MAX_SAFE_INTEGER), rate),
    });
    const waitMs = Number(turn - nowMicros()) / 1000;
    if (waitMs > 0) Atomics.wait(this.#control, CANCELLED, 0, waitMs);
  }

  #rate(): bigint {
    return this.#words ? Atomics.load(this.#words, RATE) : 0n;
  }

  /** Moves the shared end of the queue by `span`; returns where this piece's time ends. */
  #takeTurn({ span, pieceSpan }: Pick<Turn, "span" | "pieceSpan">): bigint {
    const words = this.#words!;
    while (true) {
      const now = nowMicros();
      const queued = Atomics.load(words, NEXT_MICROS);
      const end = endOfTurn({ queued, now, span, pieceSpan });
      if (Atomics.compareExchange(words, NEXT_MICROS, queued, end) === queued) return end;
    }
  }
}

/** In microseconds. */
interface Turn {
  /** Where the time of those ends that wait. */
  readonly queued: bigint;
  readonly now: bigint;
  /** What this piece takes at the rate of now. */
  readonly span: bigint;
  /** What a whole piece takes: those that wait may be whole, however small this one is. */
  readonly pieceSpan: bigint;
}

function spanOf(bytes: number, rate: bigint): bigint {
  return (BigInt(bytes) * 1_000_000n) / rate;
}

/**
 * Where a piece's time ends: behind all that wait. What was not used before is not made up for, so no
 * window of time has more than its share and one piece of each thread.
 */
export function endOfTurn({ queued, now, span, pieceSpan }: Turn): bigint {
  const most = pieceSpan * MOST_WAITING > LONGEST_TURN_MICROS
    ? pieceSpan * MOST_WAITING
    : LONGEST_TURN_MICROS;
  return (queued < now || queued > now + most ? now : queued) + span;
}

/** One time line for all threads: each has its own origin of `performance.now()`. */
function nowMicros(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
}
