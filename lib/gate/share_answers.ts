/**
 * Before the gate looks at a folder of a share it asks whether the share answers; what it asks
 * afterwards may hold it up no longer either.
 */
import { ShareSilence } from "../process/mod.ts";
import type { Problem } from "./look.ts";
import { AT_ONCE, type Looks, ShareLooks, silentProblem } from "./share_looks.ts";

export class ShareAnswers {
  readonly #silence: ShareSilence;

  constructor(limitMs?: number, signal?: AbortSignal) {
    this.#silence = new ShareSilence(limitMs, signal);
  }

  /** What is wrong when the share of `folder` does not answer; null too for a disk of this computer. */
  async silence(folder: string): Promise<Problem | null> {
    if (!await this.#silence.at(folder)) return null;
    return silentProblem(folder, this.#silence.limitMs);
  }

  /** How `folder` and what is in it is looked at. */
  looksAt(folder: string): Looks {
    return this.#silence.isShare(folder) ? new ShareLooks(this.#silence, folder) : AT_ONCE;
  }
}
