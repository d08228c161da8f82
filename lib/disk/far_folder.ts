/**
 * Folders on the way to a target. Only what lies below the root is made, and a symbolic link on the
 * way is refused: it could lead anywhere.
 */
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { diskCodeOf, diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import type { MountGuard } from "./messages.ts";

/** Less the umask: a group may work together over there, and not everybody, whatever the umask is. */
export const FAR_FOLDER_MODE = 0o775;

/** Folders that have been seen to be real ones, and folders whose entries are still to be flushed. */
export class FarFolders {
  readonly #root: string;
  readonly #seen = new Set<string>();
  readonly #toFlush = new Set<string>();
  readonly #clearFile: ((path: string) => void) | null;

  /** `clearFile` moves a file away that stands where a folder has to be, or throws. */
  constructor(root: string, clearFile: ((path: string) => void) | null = null) {
    this.#root = root;
    this.#clearFile = clearFile;
  }

  /** Makes `folder` and what is missing above it, up to the root, which must exist. */
  ensure(folder: string): void {
    if (this.#seen.has(folder)) return;
    if (folder === this.#root) return this.#examineRoot();
    this.#refuseOutside(folder);
    this.ensure(dirname(folder));
    if (!this.#isFolder(folder, this.#clearFile)) this.#make(folder);
    this.#seen.add(folder);
  }

  /** True when `folder` is there, by way of real folders only; a link on the way is refused. */
  isThere(folder: string): boolean {
    if (this.#seen.has(folder)) return true;
    if (folder !== this.#root) {
      this.#refuseOutside(folder);
      if (!this.isThere(dirname(folder)) || !this.#isFolder(folder)) return false;
    } else if (!this.#isRootThere()) return false;
    this.#seen.add(folder);
    return true;
  }

  /** Notes that `folder` got a new name in it. */
  touched(folder: string): void {
    this.#toFlush.add(folder);
  }

  /** The folders to flush; asking empties the list. */
  takeTouched(): string[] {
    const folders = [...this.#toFlush];
    this.#toFlush.clear();
    return folders;
  }

  #examineRoot(): void {
    try {
      if (Deno.statSync(this.#root).isDirectory) {
        this.#seen.add(this.#root);
        return;
      }
    } catch (error) {
      throw diskFailure(error, `${this.#root} could not be examined`, this.#root);
    }
    throw diskError("not_a_folder", `${this.#root} is not a folder`, { path: this.#root });
  }

  #isRootThere(): boolean {
    try {
      this.#examineRoot();
      return true;
    } catch (error) {
      if (error instanceof LabferryError && error.code === "not_found") return false;
      throw error;
    }
  }

  #refuseOutside(folder: string): void {
    const below = relative(this.#root, folder);
    const outside = below === "" || isAbsolute(below) || below === ".." ||
      below.startsWith(`..${sep}`) || join(this.#root, below) !== folder;
    if (!outside) return;
    throw diskError("outside_root", `${folder} is not below ${this.#root}`, { path: folder });
  }

  /** `clearFile` is asked to move a file away; then there is none. */
  #isFolder(folder: string, clearFile: ((path: string) => void) | null = null): boolean {
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(folder);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw diskFailure(error, `${folder} could not be examined`, folder);
    }
    if (info.isDirectory) return true;
    if (info.isFile && clearFile) {
      clearFile(folder);
      return this.#isFolder(folder);
    }
    if (info.isSymlink) {
      throw diskError("link_refused", `${folder} is a symbolic link`, {
        path: folder,
        why: "files written through it would land elsewhere",
        hint: "Replace the link on the destination by a real folder.",
      });
    }
    throw diskError("not_a_folder", `${folder} is not a folder`, { path: folder });
  }

  #make(folder: string): void {
    try {
      Deno.mkdirSync(folder, { mode: FAR_FOLDER_MODE });
    } catch (error) {
      // Another thread of the same push made it: it has to be a real folder all the same.
      if (errnoOf(error) === "EEXIST" && this.#isFolder(folder)) return;
      throw diskFailure(error, `the folder ${folder} could not be made`, folder);
    }
    this.#toFlush.add(dirname(folder));
  }
}

/** Throws `mount_lost` unless the guarded folder is still on the device it was on. */
export function checkMount(guard: MountGuard | null): void {
  if (guard === null) return;
  let dev: number;
  try {
    dev = Deno.statSync(guard.path).dev;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    if (diskCodeOf(errno) === "device_lost") {
      throw diskFailure(error, `${guard.path} cannot be reached`, guard.path);
    }
    throw mountLost(guard, { why: `its base cannot be reached (${errno})`, cause: error });
  }
  if (dev !== guard.dev) throw mountLost(guard, { why: "another file system is there now" });
}

function mountLost(
  guard: MountGuard,
  details: { readonly why: string; readonly cause?: unknown },
): unknown {
  return diskError("mount_lost", `${guard.path} is no longer the mounted destination`, {
    path: guard.path,
    ...details,
    hint: "Mount the share again; nothing more was written.",
  });
}
