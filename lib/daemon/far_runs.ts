/** The runs of this installation at a destination, as the `transfer.json` of each far folder tells. */
import { type Code, LabferryError } from "../base/mod.ts";
import { addressOfLayout, parseTransfer, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { HEAD_START_FILE, headStartOf } from "../sync/mod.ts";
import type { FarSession } from "../transports/mod.ts";

export interface FarRun {
  /** `<project>/Runs/<leaf>`. */
  readonly farDir: string;
  /** Where it came from on this computer. */
  readonly sourcePath: string;
}

export interface FarLook {
  readonly runs: readonly FarRun[];
  /** Folders whose `transfer.json` cannot be read, with the reason. */
  readonly unreadable: readonly { readonly farDir: string; readonly reason: string }[];
  /** False when there was more over there than was looked at. */
  readonly isWhole: boolean;
}

export interface FarLookOptions {
  readonly equipmentId: string;
  readonly installation: string;
  /** Of an older labferry's file, which names no installation, the host has to be this one. */
  readonly host: string;
  readonly mostEntries: number;
  readonly signal: AbortSignal;
}

export async function lookForRuns(session: FarSession, options: FarLookOptions): Promise<FarLook> {
  const { folders, isWhole } = await farFolders(session, options);
  const runs: FarRun[] = [];
  const unreadable: { farDir: string; reason: string }[] = [];
  for (const farDir of folders) {
    options.signal.throwIfAborted();
    try {
      const sourcePath = await sourceOf(session, farDir, options);
      if (sourcePath !== null) runs.push({ farDir, sourcePath });
    } catch (error) {
      if (!(error instanceof LabferryError) || !UNREADABLE.has(error.code)) throw error;
      unreadable.push({ farDir, reason: error.message });
    }
  }
  return { runs, unreadable, isWhole };
}

/** Of the file, not of the connection. */
const UNREADABLE = new Set<Code>(["malformed_record", "malformed_json", "schema_major_mismatch"]);

/** What ends the path of a run's `transfer.json`. */
const TRANSFER_END = `/${RECORDS_DIR}/${RECORD_FILES.transfer}`;

/** Folders in the tree's layout that have a `transfer.json`; what was set aside is not among them. */
async function farFolders(
  session: FarSession,
  { equipmentId, mostEntries, signal }: FarLookOptions,
): Promise<{ folders: string[]; isWhole: boolean }> {
  const folders: string[] = [];
  let entries = 0;
  for await (const { path, kind } of session.list("")) {
    signal.throwIfAborted();
    if (++entries > mostEntries) return { folders, isWhole: false };
    if (kind !== "file" || !path.endsWith(TRANSFER_END)) continue;
    const farDir = path.slice(0, -TRANSFER_END.length);
    if (isInLayout(`${equipmentId}/${farDir}`)) folders.push(farDir);
  }
  return { folders: folders.sort(), isWhole: true };
}

/** What labferry moved aside has the same shape, below a folder whose name begins with a dot. */
function isInLayout(path: string): boolean {
  if (path.split("/").some((segment) => segment.startsWith("."))) return false;
  try {
    addressOfLayout(path);
    return true;
  } catch (error) {
    if (error instanceof LabferryError && error.code === "not_a_run") return false;
    throw error;
  }
}

/** Null when the folder is another installation's, or its file went away meanwhile. */
async function sourceOf(
  session: FarSession,
  farDir: string,
  { installation, host }: FarLookOptions,
): Promise<string | null> {
  const name = `${RECORDS_DIR}/${RECORD_FILES.transfer}`;
  const ahead = `${RECORDS_DIR}/${HEAD_START_FILE}`;
  const there = await session.getFiles(farDir, [name, ahead]);
  const bytes = there.get(name);
  if (!bytes) return null;
  // Sent before it was complete, and never whole: what is known of it is beside the run, if anything is.
  const headStart = headStartOf(there.get(ahead) ?? null);
  const isWhole = headStart === "none" || headStart === "settled";
  if (!isWhole && !await isProvenThere(session, farDir)) return null;
  const transfer = parseTransfer(bytes, `${farDir}/${name}`);
  const isOurs = transfer.installation === undefined
    ? transfer.host === host
    : transfer.installation === installation;
  return isOurs ? transfer.source_path : null;
}

/** The manifest may be large: it is looked for, not read. */
async function isProvenThere(session: FarSession, farDir: string): Promise<boolean> {
  for await (const { path } of session.list(`${farDir}/${RECORDS_DIR}`)) {
    if (path === RECORD_FILES.checksums) return true;
  }
  return false;
}
