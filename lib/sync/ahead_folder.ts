/**
 * The far folder of a run that is still being acquired (`rules.md` 27). Whose it is comes first, as
 * always; `head_start.json` beside it says that what stands there may be a part of a run, so that it is
 * known as ours also after a lost queue, and that it counts for nothing.
 */
import * as z from "zod";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import { parseJson } from "../base/json.ts";
import { isThere, removeIfThere, writeFileAtomic } from "../disk/mod.ts";
import { RECORD_FILES, recordPath, RECORDS_DIR, transferBytes } from "../records/mod.ts";
import { putRecords, rememberPut } from "./far_records.ts";
import { originOf, ownerOf, readableTransfer } from "./owner.ts";
import { HEAD_START_FILE, readOwner } from "./read_owner.ts";
import { farSnapshot } from "./record_status.ts";
import { nothingSeen, supersededDir } from "./superseded.ts";
import type { FarWork } from "./work.ts";
import { isReadOnly } from "./work_lock.ts";

const underWay = z.object({ abandoned: z.null() });

const NOTE =
  "Files were sent before the run was complete. They count for nothing until checksums.sha256 is here.";

/** A run that has no job yet, and where it goes. */
export interface AheadTarget {
  readonly runPath: string;
  readonly equipmentId: string;
  readonly farDir: string;
}

/**
 * Beside the run too, before its lock: a queue that is made anew takes a run that labferry has begun with
 * for a complete one, and this one is not.
 */
export async function markAhead({ runPath }: Pick<AheadTarget, "runPath">): Promise<void> {
  const path = recordPath(runPath, HEAD_START_FILE);
  if (await isThere(path)) return;
  try {
    await writeFileAtomic(path, encodeUtf8(`${JSON.stringify({ note: NOTE })}\n`), {});
  } catch (error) {
    // Then its lock is not beside it either.
    if (!isReadOnly(error)) throw error;
  }
}

/** A run that became read-only keeps the mark: a queue made anew then waits for its signal once more. */
export async function unmarkAhead({ runPath }: Pick<AheadTarget, "runPath">): Promise<void> {
  try {
    await removeIfThere(recordPath(runPath, HEAD_START_FILE));
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
  if ((there.get(RECORD_FILES.checksums) ?? null) !== null) return "it was proven there before";
  const before = there.get(HEAD_START_FILE) ?? null;
  // A queue that was lost, or an attempt that was given up, sent files of which nothing is known.
  if (before !== null && context.queue.ahead.of(run.runPath) === null) {
    context.queue.meta.set(inheritedKey(run.runPath), "1");
  }
  if (isUnderWay(before)) return null;
  await putHeadStart(run, { ...work, abandoned: null });
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
  const aside = supersededDir(farDir, clock.now());
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

/** A run that was given up: who finds its folder has to know that it never was whole. */
export async function putHeadStart(
  run: AheadTarget,
  work: FarWork & {
    readonly abandoned:
      | { readonly why: string; readonly files: number; readonly bytes: number }
      | null;
  },
): Promise<void> {
  const at = work.context.clock.now().toISOString();
  const text = JSON.stringify(
    {
      schema_version: "1.0",
      written_at: at,
      note: NOTE,
      abandoned: work.abandoned === null ? null : { at, ...work.abandoned },
    },
    null,
    2,
  );
  const path = `${run.farDir}/${RECORDS_DIR}/${HEAD_START_FILE}`;
  await putRecords(new Map([[path, encodeUtf8(`${text}\n`)]]), work);
}

function isUnderWay(bytes: Uint8Array | null): boolean {
  if (bytes === null) return false;
  try {
    return underWay.safeParse(parseJson(bytes).value).success;
  } catch (error) {
    if (error instanceof LabferryError) return false;
    throw error;
  }
}
