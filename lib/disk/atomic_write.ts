/**
 * Replacing a small file so that at every instant, also after a power cut, its name holds the whole
 * old bytes or the whole new ones.
 */
import { basename, dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { renameOver } from "./rename_over.ts";
import { siblingName } from "./sibling_name.ts";
import { syncDirectory } from "./sync_directory.ts";

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

/**
 * Writes `content` to `path` by way of a sibling `<name>.<random>.tmp`: write, fsync, rename, fsync of
 * the folder. On any error the old bytes stay and the temporary file goes; SIGKILL leaves at most
 * that file, which `removeStaleTemps` takes away.
 *
 * With `createOnly` the temporary file is linked to the name, which fails when the name is taken.
 * On file systems without hard links (exFAT, some shares) the name is claimed by an empty file
 * first and then renamed over: a power cut between the two leaves an empty file there, never part
 * of one.
 *
 * @throws LabferryError `already_exists`, `disk_full`, `permission_denied`, `link_refused`, …
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const old = await statOrNull(path);
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
  const temp = join(dirname(path), siblingName(basename(path), { suffix: ".tmp" }));
  try {
    await writeTemp(temp, content, options.mode ?? null, old);
    if (options.createOnly) await linkInto(temp, path);
    else await renameOver(temp, path);
  } catch (error) {
    await removeIfThere(temp);
    if (error instanceof LabferryError) throw error;
    throw diskFailure(error, `${path} could not be written`, path);
  }
  await syncDirectory(dirname(path));
}

async function writeTemp(
  temp: string,
  content: FileContent,
  mode: number | null,
  old: Deno.FileInfo | null,
): Promise<void> {
  using file = await Deno.open(temp, {
    write: true,
    createNew: true,
    mode: mode ?? NEW_FILE_MODE,
  });
  for await (const bytes of content instanceof Uint8Array ? [content] : content) {
    for (let done = 0; done < bytes.length;) {
      done += await file.write(bytes.subarray(done));
    }
  }
  if (Deno.build.os !== "windows") await keepRights(temp, mode, old);
  await file.sync();
}

/** A service that runs as root must not take a file away from the person it belongs to. */
async function keepRights(
  temp: string,
  mode: number | null,
  old: Deno.FileInfo | null,
): Promise<void> {
  if (old && (old.uid !== Deno.uid() || old.gid !== Deno.gid())) {
    try {
      await Deno.chown(temp, old.uid, old.gid);
    } catch (error) {
      // Only root may give files away; for others the new file is theirs, as with any editor.
      if (errnoOf(error) !== "EPERM") throw error;
    }
  }
  const wanted = mode ?? (old?.mode === undefined || old.mode === null ? null : old.mode & 0o7777);
  if (wanted !== null) await Deno.chmod(temp, wanted);
}

async function linkInto(temp: string, path: string): Promise<void> {
  try {
    await Deno.link(temp, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") throw alreadyExists(path);
    if (!hasNoHardLinks(errno)) throw error;
    return await claimAndRename(temp, path);
  }
  await Deno.remove(temp);
}

function hasNoHardLinks(errno: string | null): boolean {
  return errno !== null &&
    ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "OS1", "OS50", "EINVAL"].includes(errno);
}

async function claimAndRename(temp: string, path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw alreadyExists(path);
    throw error;
  }
  await renameOver(temp, path);
}

async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw diskFailure(error, `${path} could not be examined`, path);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    // The first error is the one to report; a temporary file that stays is swept up a day later.
    if (errnoOf(error) === null) throw error;
  }
}

function alreadyExists(path: string): LabferryError {
  return diskError("already_exists", `${path} already exists`, {
    path,
    why: "it was written before, or by another program at the same moment",
    hint: "Read what is there; labferry does not replace it.",
  });
}
