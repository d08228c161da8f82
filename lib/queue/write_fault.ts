/**
 * Whether the database can still be written. Who asks how things stand reads what the database knows, and
 * what came since its disk ran full is not in it: nothing that it says is all there is then.
 */
import { type Clock, LabferryError } from "../base/mod.ts";

export interface WriteFault {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly since: string;
}

/** What another program's lock does is over in a moment, and is no fault of the disk. */
const FAULTS: ReadonlySet<string> = new Set([
  "queue_full_disk",
  "queue_read_only",
  "queue_io",
  "queue_damaged",
]);

/**
 * On a full disk some small writes still go through, in room that the log has already. Longer than scans are
 * apart: each fails anew on what it cannot write down.
 */
const QUIET_MS = 180_000;

export class WriteFaults {
  readonly #clock: Clock;
  #fault: WriteFault | null = null;
  #lastMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null unless a write failed, and none has gone well since for a while. */
  get now(): WriteFault | null {
    return this.#fault;
  }

  failed(error: unknown): void {
    if (!(error instanceof LabferryError) || !FAULTS.has(error.code)) return;
    this.#lastMs = this.#clock.monotonicMs();
    const { code, message, hint } = error;
    const since = this.#fault?.since ?? this.#clock.now().toISOString();
    this.#fault = { code, message, hint: hint ?? null, since };
  }

  /** Something was written. */
  wentWell(): void {
    if (this.#fault === null) return;
    if (this.#clock.monotonicMs() - this.#lastMs >= QUIET_MS) this.#fault = null;
  }
}
