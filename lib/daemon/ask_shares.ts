/** Before the service touches a small file on a share it asks whether the share answers. */
import { systemClock } from "../base/mod.ts";
import { askSharesFirst } from "../disk/mod.ts";
import { ANSWER_MS, ShareSilence } from "../process/mod.ts";

/** What is mounted is looked up again so often. */
const MOUNTS_MS = 2_000;
/** While a share hangs. */
const ASK_AGAIN_MS = 1_000;

/**
 * Whoever wants to write there waits as long as the share hangs, and holds nobody else up. One that begins
 * to hang between the answer and the call still holds the program until it answers.
 */
export function askShares(
  { answerMs = ANSWER_MS }: { readonly answerMs?: number } = {},
): void {
  const clock = systemClock;
  let silence = new ShareSilence(answerMs);
  let lookedMs = clock.monotonicMs();
  const untilAnswered = async (folder: string) => {
    while (await silence.at(folder)) await clock.sleep(ASK_AGAIN_MS);
  };
  askSharesFirst((folder) => {
    if (clock.monotonicMs() - lookedMs > MOUNTS_MS) {
      silence = new ShareSilence(answerMs);
      lookedMs = clock.monotonicMs();
    }
    return silence.isShare(folder) ? untilAnswered(folder) : null;
  });
}
