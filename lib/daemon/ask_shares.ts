/** Before the service touches a small file on a share it asks whether the share answers. */
import { systemClock } from "../base/mod.ts";
import { askSharesFirst, ShareThreads } from "../disk/mod.ts";
import { ANSWER_MS, ShareSilence } from "../process/mod.ts";

/** What is mounted is looked up again so often. */
const MOUNTS_MS = 2_000;

/** Whoever wants to write on one that is silent is told so, and holds nobody else up. */
export function askShares(
  { answerMs = ANSWER_MS }: { readonly answerMs?: number } = {},
): Disposable {
  const clock = systemClock;
  const threads = new ShareThreads();
  let silence = new ShareSilence(answerMs);
  let lookedMs = clock.monotonicMs();
  askSharesFirst(() => {
    if (clock.monotonicMs() - lookedMs > MOUNTS_MS) {
      silence = new ShareSilence(answerMs);
      lookedMs = clock.monotonicMs();
    }
    return silence;
  }, threads);
  return threads;
}
