/**
 * The records that went with a run: brought back where the run's own are gone too. They are in no
 * manifest, so nothing says what they have to be; what is here is left as it is.
 */
import { join } from "node:path";
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

/** A run has a few; a folder of more is not one of records. */
const MOST_RECORDS = 2_000;

/** How many came. */
export async function bringRecords(
  { session, pool, farDir, target: { dir, stageDir }, signal }: RecordsRequest,
): Promise<number> {
  const files: { path: string; sizeBytes: number; mtimeMs: number }[] = [];
  for await (
    const entry of session.list(farDir === "" ? RECORDS_DIR : `${farDir}/${RECORDS_DIR}`)
  ) {
    const path = `${RECORDS_DIR}/${entry.path}`;
    // Whose far folder it is, is said over there alone.
    const isOurs = entry.path !== RECORD_FILES.transfer && !isNeverSynced(path);
    if (entry.kind !== "file" || !isOurs) continue;
    files.push({ path, sizeBytes: entry.sizeBytes, mtimeMs: entry.mtimeMs ?? 0 });
    if (files.length === MOST_RECORDS) break;
  }
  await session.fetch({ farDir, files, intoDir: stageDir, downloadMbps: null, signal });
  const items = files.map(({ path }) => ({
    from: join(stageDir, path),
    to: join(dir, path),
    mtimeMs: null,
  }));
  let brought = 0;
  for await (const outcome of pool.nameFiles(items, { root: dir, flush: true, signal })) {
    if (outcome.ok && outcome.value) brought++;
    else if (!outcome.ok && outcome.error.code !== "already_exists") throw outcome.error;
  }
  return brought;
}
