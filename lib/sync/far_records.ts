/**
 * Records travel apart from the data: as byte snapshots taken under their locks, read back and
 * compared. With a run go the records above it (project, runs folder, equipment), so that the far
 * tree can be understood by itself.
 */
import { createHash } from "node:crypto";
import { dirname, join, posix } from "node:path";
import { counted, equalBytes } from "../base/mod.ts";
import { SIGNATURE_SUFFIX } from "../evidence/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  findRunAddress,
  isNeverSynced,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  withEarliestFirstSeen,
  withSyncStatus,
} from "../records/mod.ts";
import { type SeenFile, TransportError } from "../transports/mod.ts";
import { HEAD_START_FILE } from "./head_start_file.ts";
import { provenStatus, snapshotOf } from "./record_status.ts";
import { logRun } from "./run_log.ts";
import { type Kept, lacking } from "./signature.ts";
import { supersededDir } from "./superseded.ts";
import type { FarWork, Work } from "./work.ts";
import { mayWriteRecords } from "./work_lock.ts";

/** A record larger than this is no record; it is left out and said so. */
const LARGEST_RECORD_BYTES = 16 * 1024 * 1024;
/** Folders of `.exlab-wizard` are followed so deep (templates have sub-folders). */
const DEEPEST = 8;
const MOST_RECORDS = 2_000;
/** Names of left out records that are kept for the receipt. */
const MOST_LEFT_OUT = 100;

/** Never sent from here: the far side has its own, it is the very last write, or of this tree alone. */
const NOT_SENT = new Set<string>([
  HEAD_START_FILE,
  RECORD_FILES.transfer,
  RECORD_FILES.checksums,
  RECORD_FILES.nasChecksums,
  RECORD_FILES.transferLock,
  RECORD_FILES.certificate,
  RECORD_FILES.outcome,
  RECORD_FILES.service,
  // Only over there: a signature is made for what stands beside it.
  `${RECORD_FILES.checksums}${SIGNATURE_SUFFIX}`,
  `${RECORD_FILES.certificate}${SIGNATURE_SUFFIX}`,
  `${RECORD_FILES.outcome}${SIGNATURE_SUFFIX}`,
]);

/**
 * Sends what differs, `also` among it, and of `keeps` what is not good over there. `besides` is a far path
 * below the base that is looked for in the last call: its bytes are the answer, null when it is not there.
 *
 * @throws TransportError `hash_mismatch` when a record came back with other bytes
 */
export async function sendRecords(
  job: Job,
  { besides, keeps = new Map(), also: more = new Map(), ...work }: FarWork & {
    readonly besides?: string;
    readonly keeps?: Kept;
    /** Far path below the base → bytes. */
    readonly also?: ReadonlyMap<string, Uint8Array>;
  },
): Promise<Uint8Array | null> {
  const files = counted(job.files, "data file");
  await logRun(job, {
    level: "INFO",
    message: `proven at ${job.destination}: ${files}, generation ${job.generation}`,
    context: work.context,
  });
  const { records, leftOut } = await snapshots(job, work);
  const also = besides === undefined ? [] : [besides];
  for (const [path, bytes] of more) records.set(path, bytes);
  const names = [...records.keys(), ...keeps.keys(), ...also];
  const there = await work.far.session.getFiles("", names);
  for (const [path, bytes] of await lacking(keeps, there)) records.set(path, bytes);
  const put = await putDiffering(records, { ...work, there });
  const now = put.size === 0 ? there : await readBack(job, { ...work, put, also });
  if (leftOut.length > 0) {
    work.context.queue.timeline.note(job.id, {
      kind: "records_left_out",
      detail: { names: leftOut },
    });
  }
  return besides === undefined ? null : now.get(besides) ?? null;
}

/** Puts records over there; returns those that were not there with these very bytes. */
export async function putRecords(
  records: ReadonlyMap<string, Uint8Array>,
  work: FarWork,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const there = await work.far.session.getFiles("", [...records.keys()]);
  return await putDiffering(records, { ...work, there });
}

/** Puts what is not good over there, and reads it back; returns the far paths that were put. */
export async function keepThere(
  job: Job,
  { kept, ...work }: FarWork & { readonly kept: Kept },
): Promise<readonly string[]> {
  const there = await work.far.session.getFiles("", [...kept.keys()]);
  const put = await putDiffering(await lacking(kept, there), { ...work, there });
  if (put.size > 0) await readBack(job, { ...work, put, also: [] });
  return [...put.keys()];
}

/**
 * One record of the run itself, after its books were closed: those that go on telling of it
 * (`rules.md` 7). Nothing is written when the far side has it already, as far as we know.
 *
 * @throws TransportError as `sendRecords`
 */
export async function sendLaterRecord(
  job: Job,
  { name, ...work }: FarWork & { readonly name: string },
): Promise<void> {
  await work.far.confirm();
  const bytes = await snapshotOf(recordPath(job.runPath, name));
  const put = await putRecords(new Map([[farRecord(job, name), bytes]]), work);
  await readBack(job, { ...work, put, also: [] });
  await work.far.session.flush(`${job.farDir}/${RECORDS_DIR}`);
}

/** True when these bytes are what we last put there. */
export async function isSent(
  job: Job,
  { name, uuid, context }: Pick<Work, "context"> & {
    readonly name: string;
    readonly uuid: string;
  },
): Promise<boolean> {
  const path = farRecord(job, name);
  const bytes = await snapshotOf(recordPath(job.runPath, name));
  return context.queue.farRecords.of(uuid, [path]).get(path) === sha256Of(bytes);
}

function farRecord({ farDir }: Job, name: string): string {
  return `${farDir}/${RECORDS_DIR}/${name}`;
}

/**
 * One that has other bytes than we last put was changed by somebody: it is moved aside first
 * (`rules.md` 7).
 */
async function putDiffering(
  records: ReadonlyMap<string, Uint8Array>,
  { context: { queue, clock }, far, there }: FarWork & {
    readonly there: ReadonlyMap<string, Uint8Array | null>;
  },
): Promise<ReadonlyMap<string, Uint8Array>> {
  const differing = new Map<string, Uint8Array>();
  for (const [name, bytes] of records) {
    const old = there.get(name) ?? null;
    const wanted = old && posix.basename(name) === RECORD_FILES.equipment
      ? withEarliestFirstSeen(bytes, old)
      : bytes;
    if (old === null || !equalBytes(wanted, old)) differing.set(name, wanted);
  }
  if (differing.size === 0) return differing;
  const lastPut = queue.farRecords.of(far.uuid, [...differing.keys()]);
  const seen = new Map<string, SeenFile>();
  for (const name of differing.keys()) {
    const old = there.get(name) ?? null;
    const isOurs = old === null || sha256Of(old) === lastPut.get(name);
    const leaf = posix.basename(name);
    // What lies at the base itself has no folder.
    const folder = name === leaf ? "" : posix.dirname(name);
    if (!isOurs) await far.session.setAside(folder, [leaf], supersededDir(folder, clock));
    const aside = `${supersededDir(folder, clock)}/${leaf}`;
    seen.set(name, { bytes: isOurs ? old : null, aside });
  }
  await far.session.putFiles("", differing, seen);
  rememberPut(differing, { queue, far });
  return differing;
}

/** Whatever has other bytes there from now on was changed by somebody else. */
export function rememberPut(
  records: ReadonlyMap<string, Uint8Array>,
  { queue, far }: Pick<FarWork, "far"> & Pick<Work["context"], "queue">,
): void {
  const hashes = [...records].map(([name, bytes]) => [name, sha256Of(bytes)] as const);
  queue.farRecords.set(far.uuid, new Map(hashes));
}

async function readBack(
  job: Job,
  { put, far, also }: FarWork & {
    readonly put: ReadonlyMap<string, Uint8Array>;
    readonly also: readonly string[];
  },
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const back = await far.session.getFiles("", [...put.keys(), ...also]);
  for (const [name, bytes] of put) {
    const there = back.get(name) ?? null;
    if (there && equalBytes(there, bytes)) continue;
    throw new TransportError("hash_mismatch", "A record did not arrive as it was sent", {
      path: `${job.destination}/${name}`,
      why: there ? "it was read back and has other bytes" : "it is not there",
      hint: "look at the destination's disk; the records are sent again",
    });
  }
  return back;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

interface Snapshots {
  /** Far path below the base → bytes. */
  readonly records: Map<string, Uint8Array>;
  /** Far paths of what is too large, or too many, to be a record. */
  readonly leftOut: string[];
}

/** For the run and for the folders above it. */
async function snapshots(job: Job, work: Work): Promise<Snapshots> {
  const records = new Map<string, Uint8Array>();
  const leftOut: string[] = [];
  for (const { local, far } of recordFolders(job)) {
    for await (const name of recordsIn(join(local, RECORDS_DIR))) {
      const farName = [far, RECORDS_DIR, name].filter((part) => part !== "").join("/");
      const bytes = records.size < MOST_RECORDS &&
          work.destination.transport.refusalOfName(farName) === null
        ? await snapshot({ job, local, name }, work)
        : "left out";
      if (bytes === "left out") leftOut.push(farName);
      else if (bytes !== null) records.set(farName, bytes);
      if (leftOut.length >= MOST_LEFT_OUT) return { records, leftOut };
    }
  }
  return { records, leftOut };
}

/** The run's folder, and for a run in its layout the three above it. */
function recordFolders(job: Job): { local: string; far: string }[] {
  const folders = [{ local: job.runPath, far: job.farDir }];
  const place = findRunAddress(job.runPath);
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
  { job, local, name }: { job: Job; local: string; name: string },
  { context }: Work,
): Promise<Uint8Array | "left out" | null> {
  const path = recordPath(local, name);
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile || size > LARGEST_RECORD_BYTES) {
      context.log("warn", "A file among the records is left out", { path, sizeBytes: size });
      return "left out";
    }
    if (!name.endsWith(".json")) return await Deno.readFile(path);
    const bytes = await snapshotOf(path);
    const cannotFollow = name === RECORD_FILES.creation && local === job.runPath &&
      !await mayWriteRecords(local);
    return cannotFollow
      ? withSyncStatus(bytes, { path, status: provenStatus(job, context) })
      : bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
