/**
 * The far folder of a run that is still being acquired (`rules.md` 27). Whose it is comes first, as
 * always; `head_start.json` beside it says that what stands there may be a part of a run, so that it is
 * known as ours also after a lost queue, and that it counts for nothing.
 */
import { dirname } from "node:path";
import { encodeUtf8 } from "../base/mod.ts";
import {
  isThere,
  removeIfThere,
  syncDirectory,
  unlessSilent,
  writeFileAtomic,
} from "../disk/mod.ts";
import { RECORD_FILES, recordPath, RECORDS_DIR, transferBytes } from "../records/mod.ts";
import { putRecords, rememberPut } from "./far_records.ts";
import {
  HEAD_START_FILE,
  HEAD_START_NOTE,
  type HeadStart,
  headStartOf,
  headStartText,
} from "./head_start_file.ts";
import { originOf, ownerOf, readableTransfer } from "./owner.ts";
import { readOwner } from "./read_owner.ts";
import { farSnapshot } from "./record_status.ts";
import { nothingSeen, supersededDir } from "./superseded.ts";
import type { FarWork } from "./work.ts";
import { isReadOnly } from "./work_lock.ts";

/** A run that has no job yet, and where it goes. */
export interface AheadTarget {
  readonly runPath: string;
  readonly equipmentId: string;
  readonly farDir: string;
}

/** By path: marks that are being written. */
const marking = new Map<string, Promise<void>>();

/**
 * Beside the run too, before its lock: a queue that is made anew takes a run that labferry has begun with
 * for a complete one, and this one is not.
 */
export async function markAhead(
  { runPath }: Pick<AheadTarget, "runPath">,
  signal: AbortSignal,
): Promise<void> {
  const path = recordPath(runPath, HEAD_START_FILE);
  await unlessSilent({ path, signal }, () => marked(path));
}

/** A mark that its share takes late is waited for, or it would come after it was taken away. */
function marked(path: string): Promise<void> {
  const marks = marking.get(path) ?? mark(path).finally(() => marking.delete(path));
  marking.set(path, marks);
  return marks;
}

async function mark(path: string): Promise<void> {
  if (await isThere(path)) return;
  try {
    await writeFileAtomic(path, encodeUtf8(`${JSON.stringify({ note: HEAD_START_NOTE })}\n`), {});
  } catch (error) {
    // Then its lock is not beside it either.
    if (!isReadOnly(error)) throw error;
  }
}

/**
 * A run that became read-only keeps the mark, and so does one whose disk lost power before it was flushed:
 * a queue made anew then waits for its signal once more.
 */
export async function unmarkAhead({ runPath }: Pick<AheadTarget, "runPath">): Promise<void> {
  const path = recordPath(runPath, HEAD_START_FILE);
  try {
    // Whoever marks it hears how that went.
    await Promise.allSettled([marking.get(path)]);
    if (await removeIfThere(path)) await syncDirectory(dirname(path));
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
}

/** Makes the folder ours, or says why nothing may go there before the run is sealed; null when it may. */
export async function openAheadFolder(run: AheadTarget, work: FarWork): Promise<string | null> {
  const { context, far, destination } = work;
  const records = `${run.farDir}/${RECORDS_DIR}`;
  const origin = await originOf(run, context);
  const { transfer } = await readOwner({ ...run, destination: destination.transport.address }, far);
  const owner = ownerOf(transfer, origin, `${records}/${RECORD_FILES.transfer}`);
  if (transfer === null) {
    for await (const { path } of far.session.list(run.farDir)) {
      return `${path} stands there already, and nobody knows whose it is`;
    }
    await beginFolder(run, { ...work, transfer: transferBytes(origin, context.clock.now()) });
  } else if (owner.who !== "ours" || owner.isOld) return "its folder there is not known to be ours";
  const there = await far.session.getFiles(records, [RECORD_FILES.checksums, HEAD_START_FILE]);
  const before = headStartOf(there.get(HEAD_START_FILE) ?? null);
  // Of a newer labferry it may say what ours would take away; torn or another's it makes nothing ours, and
  // one that we put in its place would.
  if (before === "unreadable") {
    return `its ${HEAD_START_FILE} there cannot be read by this labferry`;
  }
  const isProven = (there.get(RECORD_FILES.checksums) ?? null) !== null || before === "settled";
  if (isProven) return "it was proven there before";
  // A queue that was lost, or an attempt that was given up, sent files of which nothing is known.
  if (before !== "none" && context.queue.ahead.of(run.runPath) === null) {
    context.queue.meta.set(inheritedKey(run.runPath), "1");
  }
  if (before !== "under_way") await putHeadStart(run, work);
  return null;
}

/** The same call as `prepareFar`'s: whose it is first, and nothing that came since the look is replaced. */
export async function beginFolder(
  { runPath, farDir }: Pick<AheadTarget, "runPath" | "farDir">,
  { context: { queue, clock }, far, transfer }: FarWork & { readonly transfer: Uint8Array },
): Promise<void> {
  const records = `${farDir}/${RECORDS_DIR}`;
  const creation = await farSnapshot(runPath);
  const files = new Map([[`${records}/${RECORD_FILES.transfer}`, transfer]]);
  if (creation) files.set(`${records}/${RECORD_FILES.creation}`, creation);
  const aside = supersededDir(farDir, clock);
  await far.session.putFiles("", files, nothingSeen(files.keys(), aside));
  if (creation) rememberPut(new Map([...files].slice(1)), { queue, far });
}

/**
 * True when `transfer.json` over there names this installation and the run's path. All that can be asked
 * of a run whose folder here may be gone.
 */
export async function isFolderOf(
  { runPath, farDir }: Pick<AheadTarget, "runPath" | "farDir">,
  { context, far }: FarWork,
): Promise<boolean> {
  const records = `${farDir}/${RECORDS_DIR}`;
  const name = RECORD_FILES.transfer;
  const bytes = (await far.session.getFiles(records, [name])).get(name) ?? null;
  const transfer = bytes && readableTransfer(bytes, `${records}/${name}`);
  return transfer?.source_path === runPath &&
    transfer.installation === await context.installation();
}

/** Set while files may stand there that were sent ahead and are in none of the queue's notes. */
export function inheritedKey(runPath: string): string {
  return `ahead_inherited:${runPath}`;
}

/** With `abandoned`: who finds the folder has to know that the run never was whole. */
export async function putHeadStart(
  run: AheadTarget,
  { abandoned, ...work }: FarWork & Pick<HeadStart, "abandoned">,
): Promise<void> {
  const at = work.context.clock.now().toISOString();
  const path = `${run.farDir}/${RECORDS_DIR}/${HEAD_START_FILE}`;
  const text = headStartText({ at, ...(abandoned ? { abandoned } : {}) });
  await putRecords(new Map([[path, text]]), work);
}
