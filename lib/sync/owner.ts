/**
 * Whose the far folder is. `transfer.json` there names the run it belongs to: the installation, and
 * a hash of host, source path and the time the run was made, so that it is the same after this PC's
 * queue is lost. Host and path alone are no identity: a PC made from an image has both.
 */
import {
  parseTransfer,
  readCreation,
  RECORD_FILES,
  recordPath,
  type RunOrigin,
  runOwner,
  type Transfer,
} from "../records/mod.ts";
import { LabferryError } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { SyncContext } from "./destination.ts";

/** `ship` sends folders without records too; their owner is host and path alone. */
const NO_CREATION = "";

export async function originOf(
  job: Pick<Job, "runPath">,
  { host, installation }: Pick<SyncContext, "host" | "installation">,
): Promise<RunOrigin> {
  const createdAt = await createdAtOf(job.runPath);
  const sourceFolder = await sourceFolderOf(job.runPath);
  const id = await installation();
  return { host, sourcePath: job.runPath, createdAt, installation: id, sourceFolder };
}

/**
 * Which folder of the disk that is: a folder made anew under an old name has another birth, even
 * where the disk gives it the old one's inode. Null where the system tells no inodes.
 */
export async function sourceFolderOf(runPath: string): Promise<string | null> {
  const { ino, birthtime } = await Deno.stat(runPath);
  return ino === null ? null : `${ino}-${birthtime?.getTime() ?? "unknown"}`;
}

/** As `sourceFolderOf`; null for a run whose folder is gone, such as one that was let go. */
export async function sourceFolderNow(runPath: string): Promise<string | null> {
  return await statOrNull(runPath) === null ? null : await sourceFolderOf(runPath);
}

async function createdAtOf(runPath: string): Promise<string> {
  try {
    return (await readCreation(recordPath(runPath, RECORD_FILES.creation))).created_at;
  } catch (error) {
    if (error instanceof LabferryError && error.code === "record_missing") return NO_CREATION;
    throw error;
  }
}

export interface Owner {
  readonly who:
    | "ours"
    | "nobody"
    /** Another run of this installation: the folder was moved, or is another one. */
    | "another run"
    /** Another installation, or a record nobody can read. */
    | "another installation";
  /** What the record says of the source's folder; null when it says nothing. */
  readonly sourceFolder: string | null;
  /** The record is of an older labferry and says too little. */
  readonly isOld: boolean;
}

/** `bytes` is the far `transfer.json`, null when there is none. One that cannot be read is not ours. */
export function ownerOf(bytes: Uint8Array | null, origin: RunOrigin, name: string): Owner {
  if (bytes === null) return { who: "nobody", sourceFolder: null, isOld: false };
  const transfer = readableTransfer(bytes, name);
  return {
    who: transfer ? whose(transfer, origin) : "another installation",
    sourceFolder: transfer?.source_folder ?? null,
    isOld: transfer !== null && transfer.installation === undefined,
  };
}

function whose({ installation, owner }: Transfer, origin: RunOrigin): Owner["who"] {
  if (installation !== undefined && installation !== origin.installation) {
    return "another installation";
  }
  if (owner === runOwner(origin)) return "ours";
  return installation === undefined ? "another installation" : "another run";
}

/** Null for one that nobody can read. */
export function readableTransfer(bytes: Uint8Array, name: string): Transfer | null {
  try {
    return parseTransfer(bytes, name);
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}
