/**
 * Before the gate looks at a folder of a share it asks whether the share answers: what it calls
 * afterwards is not waited for elsewhere, and would hold the whole program.
 */
import { ShareSilence } from "../process/mod.ts";
import type { Problem } from "./look.ts";

export class ShareAnswers {
  readonly #silence: ShareSilence;

  constructor(limitMs?: number, signal?: AbortSignal) {
    this.#silence = new ShareSilence(limitMs, signal);
  }

  /** What is wrong when the share of `folder` does not answer; null too for a disk of this computer. */
  async silence(folder: string): Promise<Problem | null> {
    if (!await this.#silence.at(folder)) return null;
    return { path: folder, code: "unreadable", message: silentWords(this.#silence.limitMs) };
  }
}

function silentWords(limitMs: number): string {
  return `the share has not answered for ${Math.ceil(limitMs / 1000)} s`;
}
