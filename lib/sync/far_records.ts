/**
 * Records travel apart from the data: as byte snapshots taken under their locks, read back and
 * compared. With a run go the records above it (project, runs folder, equipment), so that the far
 * tree can be understood by itself.
 */
import { dirname, join } from "node:path";
import { equalBytes } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  findRunPlace,
  isNeverSynced,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  withSyncStatus,
} from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { snapshotOf } from "./record_status.ts";
import { logRun } from "./run_log.ts";
import type { Work } from "./work.ts";
import { mayWriteRecords } from "./work_lock.ts";

/** A record larger than this is no record; it is left out and said so. */
const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;
/** Folders of `.exlab-wizard` are followed so deep (templates have sub-folders). */
const DEEPEST = 8;
const MOST_RECORDS = 2_000;

/** Never sent from here: the far side has its own, or it is the very last write. */
const NOT_SENT = new Set<string>([
  RECORD_FILES.transfer,
  RECORD_FILES.checksums,
  RECORD_FILES.transferLock,
  RECORD_FILES.certificate,
]);

/** @throws TransportError `hash_mismatch` when a record came back with other bytes */
export async function sendRecords(job: Job, far: FarConnection, work: Work): Promise<void> {
  await logRun(
    job,
    "INFO",
    `proven at ${job.destination}: ${job.files} data files, generation ${job.generation}`,
    work.doors,
  );
  const here = await snapshots(job, work);
  const names = [...here.keys()];
  const there = await far.session.getFiles("", names);
  const differing = new Map([...here].filter(([name, bytes]) => !isSame(bytes, there.get(name))));
  if (differing.size === 0) return;
  await far.session.putFiles("", differing);
  const back = await far.session.getFiles("", [...differing.keys()]);
  for (const [name, bytes] of differing) {
    if (isSame(bytes, back.get(name))) continue;
    throw new TransportError("hash_mismatch", "A record did not arrive as it was sent", {
      path: `${job.destination}/${name}`,
      why: back.get(name) ? "it was read back and has other bytes" : "it is not there",
      hint: "look at the destination's disk; the records are sent again",
    });
  }
}

function isSame(bytes: Uint8Array, there: Uint8Array | null | undefined): boolean {
  return there !== null && there !== undefined && equalBytes(bytes, there);
}

/** Far path below the base → bytes, for the run and for the folders above it. */
async function snapshots(job: Job, work: Work): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const { local, far } of recordFolders(job)) {
    for await (const name of recordsIn(join(local, RECORDS_DIR))) {
      if (found.size >= MOST_RECORDS) return found;
      const bytes = await snapshot({ run: job.runPath, local, name }, work);
      const farName = [far, RECORDS_DIR, name].filter((part) => part !== "").join("/");
      if (bytes && work.place.transport.refusalOfName(farName) === null) found.set(farName, bytes);
    }
  }
  return found;
}

/** The run's folder, and for a run in its layout the three above it. */
function recordFolders(job: Job): { local: string; far: string }[] {
  const folders = [{ local: job.runPath, far: job.farDir }];
  const place = findRunPlace(job.runPath);
  if (place === null || place.layoutPath !== job.farDir) return folders;
  const runsDir = dirname(job.runPath);
  const projectDir = dirname(runsDir);
  folders.push({ local: runsDir, far: job.farDir.split("/").slice(0, 2).join("/") });
  folders.push({ local: projectDir, far: place.project });
  folders.push({ local: dirname(projectDir), far: "" });
  return folders;
}

async function* recordsIn(dir: string, below = "", depth = 0): AsyncGenerator<string> {
  if (depth > DEEPEST) return;
  try {
    for await (const entry of Deno.readDir(join(dir, below))) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory) yield* recordsIn(dir, name, depth + 1);
      else if (entry.isFile && !NOT_SENT.has(name) && !isNeverSynced(`${RECORDS_DIR}/${name}`)) {
        yield name;
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function snapshot(
  { run, local, name }: { run: string; local: string; name: string },
  { doors }: Work,
): Promise<Uint8Array | null> {
  const path = recordPath(local, name);
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile || size > LARGEST_RECORD_BYTES) {
      doors.log("warn", "A file among the records is left out", { path, sizeBytes: size });
      return null;
    }
    if (!name.endsWith(".json")) return await Deno.readFile(path);
    const bytes = await snapshotOf(path);
    const cannotFollow = name === RECORD_FILES.creation && local === run &&
      !await mayWriteRecords(local);
    return cannotFollow ? withSyncStatus(bytes, path, "synced") : bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
