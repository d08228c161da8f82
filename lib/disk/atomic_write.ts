/**
 * Replacing a small file so that at every instant, also after a power cut, its name holds the whole
 * old bytes or the whole new ones.
 */
import { dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { hasNoHardLinks } from "./hard_links.ts";
import { renameOverBy } from "./in_use.ts";
import { callsFor, type SmallCalls } from "./small_calls.ts";
import { syncDirectory } from "./sync_directory.ts";
import { tempName } from "./temp_names.ts";

export interface AtomicWriteOptions {
  /** Permission bits; @default those of the file that is replaced, else 0o644 less the umask. */
  readonly mode?: number;
  /**
   * Fail with `already_exists` when the name is taken. Of several that try at once one wins.
   *
   * @default false
   */
  readonly createOnly?: boolean;
}

/** Whole, or in chunks that are written as they come: a long manifest is never in memory at once. */
export type FileContent = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const NEW_FILE_MODE = 0o644;
const SMALL_BYTES = 64 * 1024;

/**
 * Writes `content` to `path` by way of a sibling `.lf-<random>.tmp`: write, fsync, rename, fsync of
 * the folder. On any error the old bytes stay and the temporary file goes; SIGKILL leaves at most
 * that file, which `sweepTemps` takes away a day later.
 *
 * With `createOnly` the temporary file is linked to the name, which fails when the name is taken.
 * On file systems without hard links (exFAT, some shares) the name is claimed by an empty file
 * first and then renamed over: a power cut between the two leaves an empty file there, never part
 * of one.
 *
 * @throws LabferryError `device_lost` (a share that is silent), `already_exists`, `disk_full`, `permission_denied`, `link_refused`, …
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const calls = await callsFor(path);
  const old = await calls.lstatOrNull(path);
  if (old?.isSymlink) {
    throw diskError("link_refused", `${path} is a symbolic link`, {
      path,
      hint: "Name the file the link points to instead.",
    });
  }
  if (old && options.createOnly) throw alreadyExists(path);
  if (old && !old.isFile) {
    throw diskError("not_a_file", `${path} is not a regular file`, { path });
  }
  const temp = join(dirname(path), tempName());
  const way = { from: temp, to: path };
  try {
    await writeTemp(temp, content, { mode: options.mode ?? null, old, calls });
    if (options.createOnly) await linkInto(way, calls);
    else await renameOverBy(way, calls);
  } catch (error) {
    await discard(temp, calls);
    if (error instanceof LabferryError) throw error;
    throw diskFailure(error, `${path} could not be written`, path);
  }
  await syncDirectory(dirname(path), calls);
}

/** What went wrong with it is the error to report, and what stays is swept up later. */
async function discard(temp: string, { remove }: SmallCalls): Promise<void> {
  try {
    await remove(temp);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}

/** From the temporary file to the name. */
interface Way {
  readonly from: string;
  readonly to: string;
}

/** What the new file's rights come from. */
interface Rights {
  readonly mode: number | null;
  readonly old: Deno.FileInfo | null;
  readonly calls: SmallCalls;
}

/**
 * For a small file only the flush is waited for aside: the other calls take microseconds, and a trip
 * to another thread and back for each of them made an update a third slower than its flushes.
 */
async function writeTemp(temp: string, content: FileContent, rights: Rights): Promise<void> {
  const { old, calls } = rights;
  const wanted = rights.mode ?? oldMode(old);
  using file = await calls.open(temp, {
    write: true,
    createNew: true,
    mode: wanted ?? NEW_FILE_MODE,
  });
  if (content instanceof Uint8Array) await writePiece(content, { file, calls });
  else for await (const piece of content) await writePiece(piece, { file, calls });
  if (Deno.build.os !== "windows") {
    const made = await calls.stat(file);
    await keepOwner(temp, { old, made, calls });
    if (wanted !== null && ((made.mode ?? 0) & 0o7777) !== wanted) await calls.chmod(temp, wanted);
  }
  await file.sync();
}

async function writePiece(
  bytes: Uint8Array,
  { file, calls }: { readonly file: Deno.FsFile; readonly calls: SmallCalls },
): Promise<void> {
  const small = bytes.length <= SMALL_BYTES;
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done);
    done += small ? await calls.write(file, rest) : await file.write(rest);
  }
}

function oldMode(old: Deno.FileInfo | null): number | null {
  return old?.mode === undefined || old.mode === null ? null : old.mode & 0o7777;
}

/** A service that runs as root must not take a file away from the person it belongs to. */
async function keepOwner(
  temp: string,
  { old, made, calls }: Pick<Rights, "old" | "calls"> & { readonly made: Deno.FileInfo },
): Promise<void> {
  if (!old || (old.uid === made.uid && old.gid === made.gid)) return;
  try {
    await calls.chown(temp, old);
  } catch (error) {
    // Only root may give files away; for others the new file is theirs, as with any editor.
    if (errnoOf(error) !== "EPERM") throw error;
  }
}

async function linkInto(way: Way, calls: SmallCalls): Promise<void> {
  try {
    await calls.link(way.from, way.to);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") throw alreadyExists(way.to);
    if (!hasNoHardLinks(errno)) throw error;
    return await claimAndRename(way, calls);
  }
  await calls.remove(way.from);
}

async function claimAndRename(way: Way, calls: SmallCalls): Promise<void> {
  try {
    (await calls.open(way.to, { write: true, createNew: true })).close();
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw alreadyExists(way.to);
    throw error;
  }
  await renameOverBy(way, calls);
}

function alreadyExists(path: string): LabferryError {
  return diskError("already_exists", `${path} already exists`, {
    path,
    why: "it was written before, or by another program at the same moment",
    hint: "Read what is there; labferry does not replace it.",
  });
}
