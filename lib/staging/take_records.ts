/**
 * The records of a cleared run go from the staging area: all of them, or none. Each was read here and
 * over there, and is the same; what says something of the staging area alone goes with them. The queue
 * says that it began before the first is removed: after a stop the rest is compared again, and goes.
 */
import { join } from "node:path";
import { equalBytes } from "../base/mod.ts";
import {
  entriesOf,
  type FileStat,
  fileStatOf,
  lstatOrNull,
  removeIfEmpty,
  removeUnchanged,
} from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { isNeverSynced, RECORD_FILES, RECORDS_DIR, withSyncStatus } from "../records/mod.ts";
import { SIGNATURE_SUFFIX } from "../evidence/mod.ts";
import { type FarWork, sendLaterRecord } from "../sync/mod.ts";

/** Names asked for at once, so that their bytes fit into memory. */
const BATCH = 20;
/** A record larger than this was never sent. */
const LARGEST_BYTES = 16 * 1024 * 1024;
const DEEPEST = 8;

/** Whose the copy here was, who signed for it, and what was told of the NAS: nobody asks once it is gone. */
const OF_THE_AREA: ReadonlySet<string> = new Set([
  RECORD_FILES.transfer,
  RECORD_FILES.nasChecksums,
  `${RECORD_FILES.checksums}${SIGNATURE_SUFFIX}`,
]);

interface Found {
  readonly name: string;
  readonly path: string;
  readonly stat: FileStat;
}

/**
 * The first name that keeps them all here; null when they are gone, but for the lock that the caller
 * holds: `removeEmptyPlace` takes that with the folders. `isBegun`: a stop came in the midst of it.
 *
 * @throws what either side says
 */
export async function takeRecords(
  job: Job,
  { isBegun, ...work }: FarWork & { readonly isBegun: boolean },
): Promise<string | null> {
  const { files, odd } = await recordsIn(join(job.runPath, RECORDS_DIR));
  if (odd !== null) return odd;
  await work.far.confirm();
  const kept = isBegun ? null : await bringUpToDate(files, { job, work });
  // What was begun has nothing left to tell: what is here of those was written after it.
  const differs = await differing(files, { job, work });
  const [other] = isBegun ? differs.filter((name) => !isGrowing(name)) : differs;
  if (kept !== null || other !== undefined) return kept ?? other!;
  await work.far.confirm();
  if (!isBegun) work.context.queue.timeline.note(job.id, { kind: "records_gone", detail: {} });
  for (const { name, path, stat } of files) {
    work.signal.throwIfAborted();
    if (name === RECORD_FILES.transferLock) continue;
    if (await removeUnchanged(path, stat) === "changed") return name;
  }
  return null;
}

/** Sends what was told since; the first name that nobody tells anything in, and that differs. */
async function bringUpToDate(
  files: readonly Found[],
  { job, work }: { readonly job: Job; readonly work: FarWork },
): Promise<string | null> {
  const differs = await differing(files, { job, work });
  const other = differs.find((name) => !isGrowing(name));
  if (other !== undefined) return other;
  for (const name of differs) await sendLaterRecord(job, { ...work, name });
  return null;
}

/** Nobody holds the lock; what holds anything else stays. False when the run's folder is still here. */
export async function removeEmptyPlace({ runPath }: Job): Promise<boolean> {
  const folder = join(runPath, RECORDS_DIR);
  if ((await lstatOrNull(folder))?.isDirectory) {
    const { files, folders } = await recordsIn(folder);
    const [lock, ...others] = files;
    if (lock?.name === RECORD_FILES.transferLock && others.length === 0) {
      await removeUnchanged(lock.path, lock.stat);
    }
    for (const path of [...folders.toReversed(), folder]) await removeIfEmpty(path);
  }
  return await removeIfEmpty(runPath);
}

/** What may have been told since it was sent last, and is sent then. */
function isGrowing(name: string): boolean {
  return name === RECORD_FILES.ingest || name.endsWith(".log");
}

/** Names that are not over there as they are here; the manifest may be among them. */
async function differing(
  files: readonly Found[],
  { job, work }: { readonly job: Job; readonly work: FarWork },
): Promise<string[]> {
  const differing: string[] = [];
  const asked = files.filter(({ name }) =>
    !OF_THE_AREA.has(name) && !isNeverSynced(`${RECORDS_DIR}/${name}`)
  );
  for (let at = 0; at < asked.length; at += BATCH) {
    const some = asked.slice(at, at + BATCH);
    const names = some.map(({ name }) => name);
    const there = await work.far.session.getFiles(`${job.farDir}/${RECORDS_DIR}`, names);
    for (const { name, path } of some) {
      const far = there.get(name) ?? null;
      const here = asSent(name, await Deno.readFile(path));
      if (far === null || !equalBytes(here, far)) differing.push(name);
    }
  }
  return differing;
}

/** The far record says that the far copy is there; the local one that the local copy is not. */
function asSent(name: string, bytes: Uint8Array): Uint8Array {
  return name === RECORD_FILES.creation
    ? withSyncStatus(bytes, { path: name, status: "synced" })
    : bytes;
}

/** `odd`: something among them that no record is, or that was never sent for its size. */
async function recordsIn(
  folder: string,
): Promise<{ files: readonly Found[]; folders: readonly string[]; odd: string | null }> {
  const files: Found[] = [];
  const folders: string[] = [];
  let odd: string | null = null;
  const waiting = [{ below: "", depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await entriesOf(join(folder, next.below))) {
      const name = next.below === "" ? entry.name : `${next.below}/${entry.name}`;
      const path = join(folder, name);
      const info = await lstatOrNull(path);
      if (info === null) continue;
      if (info.isDirectory && next.depth < DEEPEST) {
        folders.push(path);
        waiting.push({ below: name, depth: next.depth + 1 });
      } else if (info.isFile && info.size <= LARGEST_BYTES) {
        files.push({ name, path, stat: fileStatOf(path, info) });
      } else odd ??= name;
    }
  }
  return { files, folders, odd };
}
