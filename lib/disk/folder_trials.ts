/**
 * What a folder lets be done, tried with files of our own under fresh names (`doctor`). In a worker
 * thread, because each try can hang with a share. Killed between, a temporary file stays, which the
 * sweep of stale ones takes.
 */
import { join } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { diskFailure } from "./disk_failure.ts";
import { tryLockFile } from "./file_lock.ts";
import type { ErrorMessage, LockTrial } from "./messages.ts";
import { removeIfThereSync } from "./presence.ts";
import { tempName } from "./temp_names.ts";

/** A virus scanner that looks into each new file is met within a few. */
export const REPLACINGS = 20;

/**
 * Whether a lock keeps a second holder out and lets one in afterwards.
 *
 * @throws LabferryError where no file can be made
 */
export function tryLocks(folder: string): LockTrial {
  const path = join(folder, tempName());
  try {
    const first = tryLockFile(path, { mode: "exclusive" });
    if (first === null) return "no_locks";
    try {
      using second = tryLockFile(path, { mode: "exclusive" });
      if (second !== null) return "lets_both_in";
    } finally {
      first.release();
    }
    using again = tryLockFile(path, { mode: "exclusive" });
    return again === null ? "no_locks" : "excludes";
  } catch (error) {
    if (error instanceof LabferryError && error.code === "no_locks") return "no_locks";
    throw error;
  } finally {
    removeIfThereSync(path);
  }
}

/** Why no file can be made there, written to and removed; null where one can. */
export function tryWriting(folder: string): ErrorMessage | null {
  const path = join(folder, tempName());
  try {
    Deno.writeFileSync(path, new Uint8Array(64), { createNew: true });
    Deno.removeSync(path);
    return null;
  } catch (error) {
    removeIfThereSync(path);
    return asMessage(error, folder);
  }
}

/** Every refusal once, by its code. Nothing is tried again, as it is where data is at stake. */
export function tryReplacing(folder: string): readonly ErrorMessage[] {
  const refused = new Map<string, ErrorMessage>();
  for (let i = 0; i < REPLACINGS; i++) {
    const [from, to] = [join(folder, tempName()), join(folder, tempName())];
    try {
      for (const path of [from, to]) {
        Deno.writeFileSync(path, new Uint8Array(64), { createNew: true });
      }
      Deno.renameSync(from, to);
      Deno.removeSync(to);
    } catch (error) {
      const message = asMessage(error, folder);
      refused.set(message.code, message);
      removeIfThereSync(from);
      removeIfThereSync(to);
    }
  }
  return [...refused.values()];
}

function asMessage(error: unknown, folder: string): ErrorMessage {
  const failure = diskFailure(error, `${folder} lets no file be written and replaced`, folder);
  if (!(failure instanceof LabferryError)) throw failure;
  const { code, message, hint = null, path = null } = failure;
  return { code, message, hint, path };
}
