/**
 * The records that went with a run: brought back where the run's own are gone too. They are in no
 * manifest, so nothing says what they have to be; what is here is left as it is.
 */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import type { DiskPool } from "../disk/mod.ts";
import { isNeverSynced, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import type { FarSession } from "../transports/mod.ts";
import type { RestoreTarget } from "./restore_target.ts";

export interface RecordsRequest {
  readonly session: FarSession;
  readonly pool: DiskPool;
  readonly farDir: string;
  readonly target: RestoreTarget;
  readonly signal: AbortSignal;
}

/** A run has a few; in a folder of more than that somebody else keeps something. */
const MOST_RECORDS = 100_000;
/** Fetched at once. */
const PORTION = 2_000;

/**
 * How many came.
 *
 * @throws LabferryError `record_missing` when there are more than a run can have: the first came
 */
export async function bringRecords(
  { session, pool, farDir, target: { dir, stageDir }, signal }: RecordsRequest,
): Promise<number> {
  const farRecords = farDir === "" ? RECORDS_DIR : `${farDir}/${RECORDS_DIR}`;
  const files: { path: string; sizeBytes: number; mtimeMs: number }[] = [];
  let isMore = false;
  for await (const entry of session.list(farRecords)) {
    const path = `${RECORDS_DIR}/${entry.path}`;
    // Whose far folder it is, is said over there alone.
    const isOurs = entry.path !== RECORD_FILES.transfer && !isNeverSynced(path);
    if (entry.kind !== "file" || !isOurs) continue;
    isMore = files.length === MOST_RECORDS;
    if (isMore) break;
    files.push({ path, sizeBytes: entry.sizeBytes, mtimeMs: entry.mtimeMs ?? 0 });
  }
  let brought = 0;
  for (let at = 0; at < files.length; at += PORTION) {
    const portion = files.slice(at, at + PORTION);
    await session.fetch({ farDir, files: portion, intoDir: stageDir, downloadMbps: null, signal });
    const items = portion.map(({ path }) => ({
      from: join(stageDir, path),
      to: join(dir, path),
      mtimeMs: null,
    }));
    for await (const outcome of pool.nameFiles(items, { root: dir, flush: true, signal })) {
      if (outcome.ok && outcome.value) brought++;
      else if (!outcome.ok && outcome.error.code !== "already_exists") throw outcome.error;
    }
  }
  if (!isMore) return brought;
  throw new LabferryError("record_missing", `Not all of ${farRecords} was brought back`, {
    path: farRecords,
    why: `there are more than ${MOST_RECORDS} files in it; a run has a few records`,
    hint:
      "all data and the first of them are here; look at what else lies there, and copy it by hand",
  });
}
