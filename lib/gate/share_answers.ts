/**
 * A call into a share that hangs never returns, and one that is not waited for elsewhere holds the
 * whole program. So before the gate looks at a folder of a share it opens the folder by a call that can be
 * given up: for that the share itself is asked, while a stat may be answered from memory.
 */
import { sharesNow } from "../process/mod.ts";
import type { Problem } from "./look.ts";

/** A share that gives no answer for so long is said to hang. */
export const ANSWER_MS = 30_000;

export class ShareAnswers {
  readonly #isShared = sharesNow();
  readonly #limitMs: number;

  constructor(limitMs = ANSWER_MS) {
    this.#limitMs = limitMs;
  }

  /** What is wrong when the share of `folder` does not answer; null too for a disk of this computer. */
  async silence(folder: string): Promise<Problem | null> {
    if (!this.#isShared(folder)) return null;
    const { promise: given, resolve } = Promise.withResolvers<"silent">();
    const timer = setTimeout(() => resolve("silent"), this.#limitMs);
    const answer = await Promise.race([answered(folder), given]);
    clearTimeout(timer);
    if (answer !== "silent") return null;
    const message = `the share has not answered for ${Math.ceil(this.#limitMs / 1000)} s`;
    return { path: folder, code: "unreadable", message };
  }
}

/** An error is an answer: what it means is said by who looks next. */
async function answered(folder: string): Promise<"answer"> {
  await Deno.open(folder).then((file) => file.close(), () => {});
  return "answer";
}
