/** Until the lock on `path` can be had: nobody holds it any more. */
import { tryLockSoon } from "../../lib/disk/file_lock.ts";
import { isSilence } from "../../lib/disk/small_calls.ts";
import { until } from "../support/until.ts";

export async function exclusiveAgain(path: string): Promise<void> {
  await until(async () => {
    try {
      using lock = await tryLockSoon(path, { mode: "exclusive" });
      return lock !== null;
    } catch (error) {
      if (!isSilence(error)) throw error;
      return false;
    }
  }, { what: `the lock on ${path}` });
}
