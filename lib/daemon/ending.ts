/**
 * How the service ends, within ten seconds whatever hangs. Its parts are told to end all at once, for each
 * waits for a share that hangs as long as it may, one after the other for too long; then whatever was begun
 * is ended in order, the last first. What is not over by then is left behind, and said so: the process ends
 * with it, and every step was made to be killed.
 */
import { endsWithin } from "../base/ends_within.ts";
import type { Logger } from "../base/log.ts";

/** Ten seconds were promised; the process has to end too. */
const END_WITHIN_MS = 9_000;

export class Ending {
  readonly #parts: AsyncDisposable[] = [];

  /** One that is told at once to end; `AsyncDisposable` again does nothing, and waits for the same end. */
  add<Part extends AsyncDisposable>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /** Tells all parts; whoever ends them in order waits for them, and hears what went wrong. */
  tell(): void {
    for (const part of this.#parts) part[Symbol.asyncDispose]().then(() => {}, () => {});
  }

  /** Ends all that was begun; `leave` when it takes too long. */
  static async inTime(
    running: AsyncDisposable,
    { log, leave, limitMs = END_WITHIN_MS }: {
      readonly log: Pick<Logger, "error">;
      /** Gives back what the next start needs. */
      readonly leave: () => void | Promise<void>;
      readonly limitMs?: number;
    },
  ): Promise<void> {
    const ended = Promise.resolve(running[Symbol.asyncDispose]());
    if (await endsWithin(ended, limitMs)) return await ended;
    log.error(
      "the service did not end within {seconds} s: a disk or share that does not answer is left " +
        "behind, with what was being done there; it goes on at the next start",
      { seconds: limitMs / 1_000 },
    );
    await endsWithin(Promise.resolve(leave()), LEAVE_MS);
  }
}

/** On this computer's own disk. */
const LEAVE_MS = 250;
