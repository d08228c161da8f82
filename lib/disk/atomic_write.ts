/**
 * Replacing a small file so that at every instant, also after a power cut, its name holds the whole
 * old bytes or the whole new ones.
 */
import { dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { hasNoHardLinks } from "./hard_links.ts";
import { renameOver } from "./in_use.ts";
import { lstatOrNullSync } from "./presence.ts";
import { isThreadLost, sharedBytes, type ShareDoor } from "./share_door.ts";
import { shareOf, unlessSilent } from "./small_calls.ts";
import { syncDirectoryAtOnce } from "./sync_directory.ts";
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
  const share = await shareOf(path);
  if (share !== null) return await writeThere(path, content, { options, share });
  const replacing = Replacing.begin(path, options);
  try {
    if (content instanceof Uint8Array) await replacing.piece(content);
    else for await (const piece of content) await replacing.piece(piece);
    await replacing.finish();
  } catch (error) {
    replacing.discard();
    throw replacing.failure(error);
  }
}

/** Pieces of a long file are sent to the share's thread in this size, and flushed one by one. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** In the thread of its share, each step as long as a share may take for an answer. */
async function writeThere(
  path: string,
  content: FileContent,
  { options, share }: {
    readonly options: AtomicWriteOptions;
    readonly share: ShareDoor;
  },
): Promise<void> {
  const wait = { path };
  if (content instanceof Uint8Array && content.length <= PIECE_BYTES) {
    const work = { kind: "write", path, bytes: sharedBytes(content), options } as const;
    return void await unlessSilent(wait, () => share.run(work));
  }
  const discard = (file: number) => void share.run({ kind: "discard", file }).catch(isThreadLost);
  const file = await unlessSilent(
    { ...wait, late: discard },
    () => share.run({ kind: "begin", path, options }),
  );
  try {
    for await (const bytes of piecesOf(content)) {
      await unlessSilent(wait, () => share.run({ kind: "piece", file, bytes }));
    }
  } catch (error) {
    discard(file);
    throw error;
  }
  await unlessSilent(wait, () => share.run({ kind: "finish", file }));
}

async function* piecesOf(content: FileContent): AsyncGenerator<SharedArrayBuffer> {
  let [parts, sizeBytes]: [Uint8Array[], number] = [[], 0];
  const whole = () => {
    const bytes = new SharedArrayBuffer(sizeBytes);
    let at = 0;
    for (const part of parts) {
      new Uint8Array(bytes).set(part, at);
      at += part.length;
    }
    [parts, sizeBytes] = [[], 0];
    return bytes;
  };
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - sizeBytes);
      parts.push(part);
      sizeBytes += part.length;
      at += part.length;
      if (sizeBytes === PIECE_BYTES) yield whole();
    }
  }
  if (sizeBytes > 0) yield whole();
}

/**
 * One file on its way to its name, by the runtime's calls that wait, but for the flush. For a small file
 * those take microseconds, and a trip to another thread and back for each made an update a third slower
 * than its flushes.
 */
export class Replacing {
  readonly #way: Way;
  readonly #options: AtomicWriteOptions;
  readonly #old: Deno.FileInfo | null;
  #file: Deno.FsFile | null;

  private constructor(
    way: Way,
    { options, old, file }: {
      readonly options: AtomicWriteOptions;
      readonly old: Deno.FileInfo | null;
      readonly file: Deno.FsFile;
    },
  ) {
    this.#way = way;
    this.#options = options;
    this.#old = old;
    this.#file = file;
  }

  /** @throws LabferryError as `writeFileAtomic` */
  static begin(path: string, options: AtomicWriteOptions): Replacing {
    const old = lstatOrNullSync(path);
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
    const from = join(dirname(path), tempName());
    const mode = options.mode ?? oldMode(old) ?? NEW_FILE_MODE;
    try {
      const file = Deno.openSync(from, { write: true, createNew: true, mode });
      return new Replacing({ from, to: path }, { options, old, file });
    } catch (error) {
      throw diskFailure(error, `${path} could not be written`, path);
    }
  }

  async piece(bytes: Uint8Array): Promise<void> {
    const file = this.#file!;
    const small = bytes.length <= SMALL_BYTES;
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done);
      done += small ? file.writeSync(rest) : await file.write(rest);
    }
  }

  async flush(): Promise<void> {
    await this.#file!.sync();
  }

  async finish(): Promise<void> {
    const wanted = this.#options.mode ?? oldMode(this.#old);
    const { from, to } = this.#way;
    const file = this.#file!;
    if (Deno.build.os !== "windows") {
      const made = file.statSync();
      keepOwner(from, { old: this.#old, made });
      if (wanted !== null && ((made.mode ?? 0) & 0o7777) !== wanted) Deno.chmodSync(from, wanted);
    }
    await file.sync();
    this.#close();
    if (this.#options.createOnly) await linkInto(this.#way);
    else await renameOver(this.#way, Deno.renameSync);
    await syncDirectoryAtOnce(dirname(to));
  }

  /** What went wrong with it is the error to report, and what stays is swept up later. */
  discard(): void {
    this.#close();
    try {
      Deno.removeSync(this.#way.from);
    } catch (error) {
      if (errnoOf(error) === null) throw error;
    }
  }

  failure(error: unknown): unknown {
    const { to } = this.#way;
    return error instanceof LabferryError
      ? error
      : diskFailure(error, `${to} could not be written`, to);
  }

  #close(): void {
    this.#file?.close();
    this.#file = null;
  }
}

/** From the temporary file to the name. */
interface Way {
  readonly from: string;
  readonly to: string;
}

function oldMode(old: Deno.FileInfo | null): number | null {
  return old?.mode === undefined || old.mode === null ? null : old.mode & 0o7777;
}

/** A service that runs as root must not take a file away from the person it belongs to. */
function keepOwner(
  temp: string,
  { old, made }: { readonly old: Deno.FileInfo | null; readonly made: Deno.FileInfo },
): void {
  if (!old || (old.uid === made.uid && old.gid === made.gid)) return;
  try {
    Deno.chownSync(temp, old.uid, old.gid);
  } catch (error) {
    // Only root may give files away; for others the new file is theirs, as with any editor.
    if (errnoOf(error) !== "EPERM") throw error;
  }
}

async function linkInto(way: Way): Promise<void> {
  try {
    Deno.linkSync(way.from, way.to);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") throw alreadyExists(way.to);
    if (!hasNoHardLinks(errno)) throw error;
    return await claimAndRename(way);
  }
  Deno.removeSync(way.from);
}

async function claimAndRename({ from, to }: Way): Promise<void> {
  try {
    Deno.openSync(to, { write: true, createNew: true }).close();
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw alreadyExists(to);
    throw error;
  }
  await renameOver({ from, to }, Deno.renameSync);
}

function alreadyExists(path: string): LabferryError {
  return diskError("already_exists", `${path} already exists`, {
    path,
    why: "it was written before, or by another program at the same moment",
    hint: "Read what is there; labferry does not replace it.",
  });
}
