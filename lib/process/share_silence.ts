/**
 * Whether a share answers. A call into one that hangs never returns, and goes on holding a thread, of
 * which a program has some hundreds: so there is one question a share, and nobody asks there again, nor
 * waits for long, until it is answered.
 */
import { sharesNow } from "./open_files.ts";

/** A share that gives no answer for so long is said to hang. */
export const ANSWER_MS = 30_000;

/** Whoever asks while an earlier question is open. */
const GRACE_MS = 200;

/** By share: a question that was not answered in time, until it is. */
const unanswered = new Map<string, Promise<void>>();

export class ShareSilence {
  readonly limitMs: number;
  readonly #shareOf = sharesNow();

  readonly #signal: AbortSignal | undefined;

  /** What is mounted is looked up once: for one walk, not for a service's life. */
  constructor(limitMs = ANSWER_MS, signal?: AbortSignal) {
    this.limitMs = limitMs;
    this.#signal = signal;
  }

  /**
   * True when the share that `folder` is on does not answer, or has not until `signal` aborted; never for
   * a disk of this computer.
   */
  async at(folder: string): Promise<boolean> {
    const share = this.#shareOf(folder);
    if (share === null) return false;
    const asked = unanswered.get(share);
    // It may be answering at this very moment.
    if (asked) return !await this.#isAnswered(asked, Math.min(this.limitMs, GRACE_MS));
    const answer = answered(folder);
    if (await this.#isAnswered(answer, this.limitMs)) return false;
    noteUnanswered(share, answer);
    return true;
  }

  /** True for a folder on a share: what is asked there may never be answered. */
  isShare(folder: string): boolean {
    return this.#shareOf(folder) !== null;
  }

  shareOf(folder: string): string | null {
    return this.#shareOf(folder);
  }

  /**
   * What `act` gives, or its error; null when the share that `folder` is on gave no answer in time, and
   * at once while an earlier question there is open. `act` must not hold this thread.
   */
  async within<T>(folder: string, act: () => Promise<T>): Promise<{ readonly value: T } | null> {
    const share = this.#shareOf(folder);
    if (share === null) return { value: await act() };
    if (unanswered.has(share) && await this.at(folder)) return null;
    const acted = act();
    const answer = acted.then(() => {}, () => {});
    if (await this.#isAnswered(answer, this.limitMs)) return { value: await acted };
    noteUnanswered(share, answer);
    return null;
  }

  async #isAnswered(answer: Promise<void>, limitMs: number): Promise<boolean> {
    const { promise: given, resolve } = Promise.withResolvers<"silent">();
    const giveUp = () => resolve("silent");
    const timer = setTimeout(giveUp, limitMs);
    this.#signal?.addEventListener("abort", giveUp);
    const outcome = await Promise.race([answer, given]);
    this.#signal?.removeEventListener("abort", giveUp);
    clearTimeout(timer);
    return outcome !== "silent";
  }
}

/**
 * The folder is opened: for that the share itself is asked, while a stat may be answered from memory. An
 * error is an answer: what it means is said by who looks next.
 */
async function answered(folder: string): Promise<void> {
  await Deno.open(folder).then((file) => file.close(), () => {});
}

function noteUnanswered(share: string, answer: Promise<void>): void {
  if (unanswered.has(share)) return;
  unanswered.set(share, answer.then(() => void unanswered.delete(share)));
}
