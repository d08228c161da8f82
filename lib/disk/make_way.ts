/**
 * What stands at a mounted destination under a name that is needed is moved aside, never replaced
 * and never removed: at every instant its bytes have a name, and the new name is on disk before the
 * old one is given away.
 */
import { dirname, join, relative, sep } from "node:path";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { FarFolders } from "./far_folder.ts";
import { isSameFile, mtimeMsOf } from "./file_identity.ts";
import { hasNoHardLinks } from "./hard_links.ts";
import { isInUse, onceFreeSync } from "./in_use.ts";
import type { AsideFolder } from "./messages.ts";
import { lstatOrNullSync } from "./presence.ts";
import { syncDirectorySync } from "./sync_directory.ts";

/** `linked`: it has both names, and `giveUp` takes the first; `moved`: it has the new one only. */
export type Cleared = "free" | "linked" | "moved";

/** How often and how long another thread is waited for that moves the same file. */
const LOOKS = 40;
const LOOK_MS = 25;

export class WayMaker {
  readonly folders: FarFolders;
  /** What was moved, relative to the aside's `of`, with `/`. */
  readonly moved: string[] = [];
  readonly #aside: AsideFolder | null;

  constructor(root: string, aside: AsideFolder | null) {
    this.#aside = aside;
    this.folders = new FarFolders(root, (path) => this.#clearForFolder(path));
  }

  /**
   * Gives what has the name `path` its second name. Without a folder to set aside in, a file may be
   * replaced: that is the caller's word.
   *
   * @throws LabferryError `link_refused`, `not_a_file` for what is neither file nor folder,
   * `already_exists` where the second name is taken
   */
  clear(path: string): Cleared {
    const info = lstatOrNullSync(path);
    if (info === null) return "free";
    if (info.isSymlink || (!info.isFile && !info.isDirectory)) throw notOurs(path, info);
    const aside = this.#asideOf(path);
    if (aside === null) {
      if (info.isFile) return "free";
      throw notOurs(path, info);
    }
    this.folders.ensure(dirname(aside));
    const cleared = info.isFile && linked(path, { aside, info }) ? "linked" : "moved";
    if (cleared === "moved") {
      renameAside(path, aside);
      this.#note(path);
    }
    this.folders.touched(dirname(aside));
    if (cleared === "moved") this.folders.touched(dirname(path));
    return cleared;
  }

  /**
   * Takes the first name of what `clear` called `linked`; its second is on disk by now. What somebody
   * put there since then keeps the name.
   */
  giveUp(path: string): void {
    const aside = this.#asideOf(path)!;
    try {
      onceFreeSync(() => removeFirstName(path, aside), { deniedToo: true });
    } catch (error) {
      // It keeps the name it has: a second one at each try would only pile up.
      Deno.removeSync(aside);
      throw inTheWay(error, path);
    }
    this.folders.touched(dirname(path));
    this.#note(path);
  }

  /** A file where a folder has to be. Several threads may want the folder at one time. */
  #clearForFolder(path: string): void {
    const aside = this.#asideOf(path);
    if (aside === null) throw notAFolder(path);
    for (let look = 0;; look++) {
      const info = lstatOrNullSync(path);
      if (info === null || info.isDirectory) return;
      if (!info.isFile) throw notOurs(path, info);
      try {
        const cleared = this.clear(path);
        this.#flushNow(cleared === "linked" ? [dirname(aside)] : []);
        if (cleared === "linked") this.giveUp(path);
        return;
      } catch (error) {
        // Taken, or gone: another thread is at it, unless it stays so.
        if (look === LOOKS || (lstatOrNullSync(aside) === null && lstatOrNullSync(path) !== null)) {
          throw error;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
      }
    }
  }

  #flushNow(folders: readonly string[]): void {
    for (const folder of folders) syncDirectorySync(folder);
  }

  /** Null when `path` is not below the folder whose things may be set aside. */
  #asideOf(path: string): string | null {
    if (this.#aside === null) return null;
    const below = relative(this.#aside.of, path);
    if (below === "" || below === ".." || below.startsWith(`..${sep}`)) return null;
    return join(this.#aside.into, below);
  }

  #note(path: string): void {
    this.moved.push(relative(this.#aside!.of, path).replaceAll(sep, "/"));
  }
}

/** True when both names now stand for the file; false where the file system has no hard links. */
export function linked(
  path: string,
  { aside, info }: { readonly aside: string; readonly info: Deno.FileInfo },
): boolean {
  try {
    Deno.linkSync(path, aside);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    const taken = lstatOrNullSync(aside);
    // A push that was killed after its link left the very same file there.
    if (taken && isSameFile(taken, info)) return true;
    if (taken) throw alreadyThere(aside);
    if (hasNoHardLinks(errno)) return false;
    throw diskFailure(error, `${path} could not be set aside`, path);
  }
}

/**
 * Takes the name `path` away if the file that is also called `aside` has it still: another file under
 * it was put there by somebody a moment ago. Look and act are one call apart, for no system removes a
 * name only while it means a certain file.
 */
export function removeFirstName(path: string, aside: string): void {
  const [first, second] = [lstatOrNullSync(path), lstatOrNullSync(aside)];
  if (first && second && isOneFile(first, second)) Deno.removeSync(path);
}

/** Some shares number each name of a file: there size and times have to do. */
export function isOneFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  const isAlike = a.size === b.size && mtimeMsOf(a) === mtimeMsOf(b) &&
    a.birthtime?.getTime() === b.birthtime?.getTime();
  return isSameFile(a, b) || isAlike;
}

/**
 * For folders, and for files without hard links (exFAT, some shares): there is no rename that fails
 * on a taken name here, but one writer works on a run, so look-then-rename will do.
 */
export function renameAside(path: string, aside: string): void {
  if (lstatOrNullSync(aside) !== null) throw alreadyThere(aside);
  try {
    onceFreeSync(() => Deno.renameSync(path, aside), { deniedToo: true });
  } catch (error) {
    throw inTheWay(error, path);
  }
}

/** What has a name of ours and is no file of ours: it stays where it is. */
export function notOurs(path: string, info: Deno.FileInfo): unknown {
  const kind = info.isSymlink
    ? "a symbolic link"
    : info.isDirectory
    ? "a folder"
    : "neither file nor folder";
  return diskError(
    info.isSymlink ? "link_refused" : "not_a_file",
    `${path} is not a regular file`,
    {
      path,
      why: `${kind} has that name`,
      hint: "Look at it there and move it away; labferry does not remove it.",
    },
  );
}

function notAFolder(path: string): unknown {
  return diskError("not_a_folder", `${path} is not a folder`, {
    path,
    hint: "Look at it there and move it away; labferry does not remove it.",
  });
}

function alreadyThere(path: string): unknown {
  return diskError("already_exists", `${path} already exists`, {
    path,
    hint: "Nothing is overwritten there; choose another folder to set files aside in.",
  });
}

function inTheWay(error: unknown, path: string): unknown {
  if (!isInUse(error, { deniedToo: true })) {
    return diskFailure(error, `${path} could not be set aside`, path);
  }
  return diskError("file_in_use", `${path} is open over there`, {
    path,
    why: "another program reads or writes it, and it cannot be moved meanwhile",
    cause: error,
  });
}
