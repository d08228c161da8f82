/** Rename onto a name that may be taken, also while somebody on Windows reads the old file. */
import { osErrorOf } from "./disk_failure.ts";

/** Access denied, sharing violation, lock violation: a virus scanner or a reader is in the way. */
const WINDOWS_BUSY = [5, 32, 33];
const ATTEMPTS = 10;

/** Milliseconds to wait after each failed attempt; about two seconds in all. */
function waitMs(attempt: number): number {
  return Math.min(10 * 2 ** attempt, 400) * (0.75 + Math.random() / 2);
}

/** Replaces `to` by `from` in one step; on Windows tries again while `to` is in use. */
export async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      if (!isWorthAnotherTry(error, attempt)) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs(attempt)));
    }
  }
}

/** The same for worker threads, which may block. */
export function renameOverSync(from: string, to: string): void {
  for (let attempt = 0;; attempt++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      if (!isWorthAnotherTry(error, attempt)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs(attempt));
    }
  }
}

function isWorthAnotherTry(error: unknown, attempt: number): boolean {
  return Deno.build.os === "windows" && attempt < ATTEMPTS - 1 &&
    WINDOWS_BUSY.includes(osErrorOf(error) ?? 0);
}
