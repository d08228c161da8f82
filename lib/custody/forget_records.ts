/**
 * With `retain_cache: false` the records go too, after the data: each only when the far side has the very
 * same bytes. What differs stays, and so does the folder that holds it. A kill in the midst leaves the
 * rest: the run is cleaned all the same.
 */
import { join } from "node:path";
import { equalBytes } from "../base/mod.ts";
import { entriesOf, errnoOf, lstatOrNull, removeIfThere } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { isNeverSynced, RECORD_FILES, RECORDS_DIR, withSyncStatus } from "../records/mod.ts";
import { type FarWork, sendRecords } from "../sync/mod.ts";

/** A record larger than this was never sent (`far_records.ts`). */
const LARGEST_BYTES = 16 * 1024 * 1024;
/** Names asked for at once, so that their bytes fit into memory. */
const BATCH = 20;
const DEEPEST = 8;

export async function forgetRecords(job: Job, work: FarWork): Promise<void> {
  await sendRecords(job, work);
  const local = join(job.runPath, RECORDS_DIR);
  const names: string[] = [];
  for await (const name of recordsIn(local)) names.push(name);
  for (let at = 0; at < names.length; at += BATCH) {
    await forgetEqual(names.slice(at, at + BATCH), { local, job, work });
  }
  await removeEmptyRun(job.runPath);
}

/**
 * Removes the folder of records and the run's own where they hold nothing any more. Once more when the
 * run's lock was let go: Windows keeps the name of a file that somebody has open.
 */
export async function removeEmptyRun(runPath: string): Promise<void> {
  const local = join(runPath, RECORDS_DIR);
  try {
    if (await lstatOrNull(local)) await removeFolders(local);
    const isThere = await lstatOrNull(runPath) !== null;
    if (isThere && (await entriesOf(runPath)).length === 0) await Deno.remove(runPath);
  } catch (error) {
    // Somebody put something there in this moment: it stays, and so does the folder.
    if (errnoOf(error) !== "ENOTEMPTY") throw error;
  }
}

async function forgetEqual(
  names: readonly string[],
  { local, job, work }: { readonly local: string; readonly job: Job; readonly work: FarWork },
): Promise<void> {
  const there = await work.far.session.getFiles(`${job.farDir}/${RECORDS_DIR}`, names);
  for (const name of names) {
    const path = join(local, name);
    const far = there.get(name) ?? null;
    if (isNeverSynced(`${RECORDS_DIR}/${name}`)) await removeIfThere(path);
    else if (far && equalBytes(asSent(name, await Deno.readFile(path)), far)) {
      await Deno.remove(path);
    }
  }
}

/** The far record says that the far copy is there; the local one that the local copy is not. */
function asSent(name: string, bytes: Uint8Array): Uint8Array {
  return name === RECORD_FILES.creation
    ? withSyncStatus(bytes, { path: name, status: "synced" })
    : bytes;
}

async function* recordsIn(folder: string, below = "", depth = 0): AsyncGenerator<string> {
  if (depth > DEEPEST || !await lstatOrNull(join(folder, below))) return;
  for (const entry of await entriesOf(join(folder, below))) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory) yield* recordsIn(folder, name, depth + 1);
    else if (entry.isFile && (await Deno.lstat(join(folder, name))).size <= LARGEST_BYTES) {
      yield name;
    }
  }
}

/** Those that hold nothing any more, the deepest first. */
async function removeFolders(folder: string): Promise<boolean> {
  let isEmpty = true;
  for (const { name, isDirectory } of await entriesOf(folder)) {
    const gone = isDirectory && await removeFolders(join(folder, name));
    isEmpty &&= gone;
  }
  if (isEmpty) await Deno.remove(folder);
  return isEmpty;
}
