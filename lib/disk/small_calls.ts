/**
 * The calls that locks, records and other small files are made of. On a disk of this computer each takes
 * microseconds and is made at once; a trip to another thread and back for each of them made an update a
 * third slower than its flushes. On a share that hangs such a call never returns, and the whole program
 * would stand still: there they are made aside, by the runtime's own threads.
 *
 * A service says which folders are on shares, and how a share is asked before anything is done there, so
 * that of one that hangs a single question is open, and not one for everybody who wants something there.
 */
import { dirname } from "node:path";
import { diskFailure } from "./disk_failure.ts";
import { lstatOrNull, lstatOrNullSync } from "./presence.ts";

type Soon<T> = T | Promise<T>;

export interface SmallCalls {
  lstat(path: string): Soon<Deno.FileInfo>;
  /** As `lstatOrNullSync`. */
  lstatOrNull(path: string): Soon<Deno.FileInfo | null>;
  readFile(path: string): Soon<Uint8Array<ArrayBuffer>>;
  open(path: string, options: Deno.OpenOptions): Soon<Deno.FsFile>;
  stat(file: Deno.FsFile): Soon<Deno.FileInfo>;
  write(file: Deno.FsFile, bytes: Uint8Array): Soon<number>;
  tryLock(file: Deno.FsFile, exclusive: boolean): Soon<boolean>;
  chmod(path: string, mode: number): Soon<void>;
  link(from: string, to: string): Soon<void>;
  rename(from: string, to: string): Soon<void>;
  remove(path: string): Soon<void>;
}

export const AT_ONCE: SmallCalls = {
  lstat: (path) => Deno.lstatSync(path),
  lstatOrNull: lstatOrNullSync,
  readFile: (path) => Deno.readFileSync(path),
  open: (path, options) => Deno.openSync(path, options),
  stat: (file) => file.statSync(),
  write: (file, bytes) => file.writeSync(bytes),
  tryLock: (file, exclusive) => file.tryLockSync(exclusive),
  chmod: (path, mode) => Deno.chmodSync(path, mode),
  link: (from, to) => Deno.linkSync(from, to),
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
};

export const ASIDE: SmallCalls = {
  lstat: (path) => Deno.lstat(path),
  async lstatOrNull(path) {
    try {
      return await lstatOrNull(path);
    } catch (error) {
      throw diskFailure(error, `${path} could not be examined`, path);
    }
  },
  readFile: (path) => Deno.readFile(path),
  open: (path, options) => Deno.open(path, options),
  stat: (file) => file.stat(),
  write: (file, bytes) => file.write(bytes),
  tryLock: (file, exclusive) => file.tryLock(exclusive),
  chmod: (path, mode) => Deno.chmod(path, mode),
  link: (from, to) => Deno.link(from, to),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
};

/** Null for a folder of this computer; else it resolves when the folder's share has answered. */
export type AskFolder = (folder: string) => Promise<void> | null;

let askFolder: AskFolder = () => null;

/** For the whole program, from now on. @default nothing is on a share: who waits is a person */
export function askSharesFirst(ask: AskFolder): void {
  askFolder = ask;
}

/** How a file is touched; resolves when it may be expected that this does not take for ever. */
export async function callsFor(path: string): Promise<SmallCalls> {
  const answer = askFolder(dirname(path));
  if (answer === null) return AT_ONCE;
  await answer;
  return ASIDE;
}
