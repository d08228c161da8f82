/**
 * Some entries directly in one folder, for runs that are files among those of other runs: only what is
 * wanted is looked at. Links are not followed. It works in the thread that asks, and does not hold it.
 */
import { compareUtf8 } from "../base/bytes.ts";
import { unlessAborted } from "../base/unless_aborted.ts";
import { diskFailure } from "./disk_failure.ts";
import { eachEntryOf } from "./folder_entries.ts";
import { examineSoon, type WalkEntry } from "./walk_entry.ts";

/** Looked at side by side. */
const BATCH = 64;

/**
 * In the byte order of their names, in batches. The signal ends it also while a share gives no answer.
 *
 * @throws LabferryError `not_found`, `permission_denied` …; the signal's reason
 */
export async function* walkNames(
  folder: string,
  { isWanted, signal }: {
    readonly isWanted: (name: string) => boolean;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<WalkEntry[]> {
  const names = await unlessAborted(namesIn(folder, { isWanted, signal }), signal);
  for (let at = 0; at < names.length; at += BATCH) {
    const examined = names.slice(at, at + BATCH).map((name) => examineSoon(folder, name));
    yield await unlessAborted(Promise.all(examined), signal);
  }
}

async function namesIn(
  folder: string,
  { isWanted, signal }: {
    readonly isWanted: (name: string) => boolean;
    readonly signal: AbortSignal;
  },
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of eachEntryOf(folder)) {
      signal.throwIfAborted();
      if (isWanted(name)) names.push(name);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw diskFailure(error, `${folder} cannot be listed`, folder);
  }
  return names.sort(compareUtf8);
}
