/**
 * The folder for what is needed while files come back: the manifest and lists of names, among the
 * system's temporary files. Their disk is another one than the files' own, and may be full.
 */
import { tmpdir } from "node:os";
import { sep } from "node:path";
import { formatBytes, LabferryError } from "../base/mod.ts";
import { roomAt } from "../custody/mod.ts";
import { diskError, diskFailure, errnoOf } from "../disk/mod.ts";

export interface FetchScratch {
  /** Of the folder's name. */
  readonly prefix: string;
  /** What is put there. */
  readonly holds: string;
  /** What becomes of the work, said to whoever has made room. */
  readonly afterwards: string;
}

/**
 * Gives `work` a folder (0700) that goes with it.
 *
 * @throws LabferryError `disk_full` when the folder's own disk is full, another code where none can be
 * made; whatever `work` throws
 */
export async function withFetchScratch<T>(
  scratch: FetchScratch,
  work: (scratchDir: string) => Promise<T>,
): Promise<T> {
  const scratchDir = await made(scratch.prefix);
  try {
    return await work(scratchDir);
  } catch (error) {
    throw isFullThere(error, scratchDir) ? await scratchFull(error, scratch) : error;
  } finally {
    await Deno.remove(scratchDir, { recursive: true });
  }
}

async function made(prefix: string): Promise<string> {
  try {
    return await Deno.makeTempDir({ prefix });
  } catch (error) {
    const told = diskFailure(error, `No folder for temporary files can be made in ${tmpdir()}`, "");
    if (!(told instanceof LabferryError)) throw error;
    throw new LabferryError(told.code, told.message, {
      path: tmpdir(),
      hint: "let TMPDIR name a folder that is there, with room, and belongs to this account",
      cause: error,
    });
  }
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);

/**
 * What is written over there is nothing, and what has a place of its own is named by its error. A plain
 * error without a place is of a list that was being written.
 */
function isFullThere(error: unknown, scratchDir: string): boolean {
  if (error instanceof LabferryError) {
    if (error.code === "destination_full") return true;
    return error.code === "disk_full" && isBelow(error.path ?? "", scratchDir);
  }
  if (!FULL.has(errnoOf(error) ?? "")) return false;
  const [, path = scratchDir] = /'(.+)'$/.exec((error as Error).message) ?? [];
  return isBelow(path, scratchDir);
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

async function scratchFull(
  cause: unknown,
  { holds, afterwards }: FetchScratch,
): Promise<LabferryError> {
  const path = tmpdir();
  const { freeBytes } = await roomAt(path);
  return diskError("disk_full", `The disk of the temporary files (${path}) is full`, {
    path,
    why: `${holds} there, and ${formatBytes(freeBytes)} are free`,
    hint: `Make room there, or let TMPDIR name a folder on another disk; ${afterwards}.`,
    cause,
  });
}
