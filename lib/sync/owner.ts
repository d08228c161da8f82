/**
 * Whose the far folder is. `transfer.json` there names the run it belongs to: a hash of host, source
 * path and the time the run was made, so that it is the same after this PC's state is lost.
 */
import {
  parseTransfer,
  readCreation,
  RECORD_FILES,
  recordPath,
  type RunOrigin,
  runOwner,
} from "../records/mod.ts";
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";

/** `ship` sends folders without records too; their owner is host and path alone. */
const NO_CREATION = "";

export async function originOf(job: Pick<Job, "runPath">, host: string): Promise<RunOrigin> {
  const createdAt = await createdAtOf(job.runPath);
  return { host, sourcePath: job.runPath, createdAt };
}

async function createdAtOf(runPath: string): Promise<string> {
  try {
    return (await readCreation(recordPath(runPath, RECORD_FILES.creation))).created_at;
  } catch (error) {
    if (error instanceof LabferryError && error.code === "record_missing") return NO_CREATION;
    throw error;
  }
}

export type Owner = "ours" | "nobody" | "another";

/** `bytes` is the far `transfer.json`, null when there is none. One that cannot be read is not ours. */
export function ownerOf(bytes: Uint8Array | null, origin: RunOrigin, name: string): Owner {
  if (bytes === null) return "nobody";
  try {
    return parseTransfer(bytes, name).owner === runOwner(origin) ? "ours" : "another";
  } catch (error) {
    if (error instanceof LabferryError) return "another";
    throw error;
  }
}
