/**
 * Which files are held open for writing, as Linux says it in `/proc/<pid>/fd`. Other systems do not
 * say it without asking for each file; there, and for what another account runs, it stays unknown.
 */
import { isWithin } from "../base/mod.ts";
import { type Mounted, mountedNow, nearestMount } from "./mount_info.ts";
import { allPids, fdsOf, mayReadProc, openFlagsOf, type ProcFd } from "./proc_files.ts";

export interface OpenFiles {
  /** Held open for writing. A file that was deleted meanwhile is not named. */
  readonly open: readonly OpenFile[];
  /** Why there may be more; null when every process could be looked into. */
  readonly unknown: string | null;
}

export interface OpenFile {
  readonly path: string;
  readonly pid: number;
}

/** `O_ACCMODE`: 0 reads, 1 writes, 2 does both. */
const ACCESS_MODE = 3;

/** All files below `folder` (absolute, without links) that somebody holds open for writing. */
export function openForWriting(folder: string): OpenFiles {
  const silence = silenceOfSystem();
  if (silence !== null) return { open: [], unknown: silence };
  return heldNow().below(folder);
}

/** So old may be what is said to who asks with others. */
const YOUNG_MS = 500;

let lately: { readonly held: Held; readonly atMs: number } | null = null;

/**
 * The same, asked once for all who want to know it within half a second: a look into all processes holds the
 * thread (160 ms on a busy computer), and a hundred runs may become complete at once. Who opens a file after
 * the look is not seen, as after any; a run whose files changed in the last second is not judged by it.
 */
export function openForWritingLately(folder: string): OpenFiles {
  const silence = silenceOfSystem();
  if (silence !== null) return { open: [], unknown: silence };
  const nowMs = performance.now();
  if (lately === null || nowMs - lately.atMs > YOUNG_MS) lately = { held: heldNow(), atMs: nowMs };
  return lately.held.below(folder);
}

function heldNow(): Held {
  const held = new Held();
  for (const pid of allPids()) held.add(pid);
  return held;
}

/** Why nobody can say who writes; null where the system does. */
function silenceOfSystem(): string | null {
  if (Deno.build.os !== "linux") return "this system does not say who writes";
  return mayReadProc() ? null : "this program may not look into /proc";
}

/** What processes have open. For what, each is asked when somebody wants to know. */
class Held {
  readonly #fds: (ProcFd & { readonly pid: number })[] = [];
  #closed = 0;

  add(pid: number): void {
    const fds = fdsOf(pid);
    if (fds === null) this.#closed++;
    for (const fd of fds ?? []) this.#fds.push({ ...fd, pid });
  }

  below(folder: string): OpenFiles {
    const inside = this.#fds.filter(({ path }) => path.startsWith(`${folder}/`));
    const open = inside.filter(({ pid, fd }) => ((openFlagsOf(pid, fd) ?? 0) & ACCESS_MODE) !== 0);
    return {
      open: open.map(({ path, pid }) => ({ path, pid })),
      unknown: unknownOf(folder, this.#closed),
    };
  }
}

/**
 * Shares, also those of a virtual machine with its host: whoever writes there from another computer is
 * seen by nobody here.
 */
const SHARED =
  /^(nfs4?|cifs|smb3|smbfs|ncpfs|afs|coda|9p|virtiofs|vboxsf|vmhgfs|prl_fs|ceph|glusterfs|lustre|beegfs|gpfs|orangefs|fuse(\.(?!fuseblk).*)?)$/;

function unknownOf(folder: string, closed: number): string | null {
  if (isShared(folder)) return "other computers may write to the share";
  return closed === 0 ? null : `${closed} processes of other accounts cannot be looked into`;
}

/** True for a folder (absolute, without links) on a share, as far as the system says what is mounted. */
export function isShared(folder: string): boolean {
  return sharesNow()(folder) !== null;
}

/**
 * By what is mounted at this moment, for who asks of many folders: which share a folder is on; null for a
 * disk of this computer. What is mounted anew in the same place is another share: a question to the former
 * one may never be answered.
 */
export function sharesNow(): (folder: string) => string | null {
  if (Deno.build.os === "windows") {
    return (folder) => /^\\\\[^\\]+\\[^\\]+/.exec(folder)?.[0] ?? null;
  }
  const mounted = mountedNow() ?? [];
  const shares = mounted.filter(({ type }) => SHARED.test(type));
  return (folder) => {
    // Asked several times for each folder of a tree; dozens of other mounts need not be compared.
    if (!shares.some(({ point }) => isWithin(folder, point))) return null;
    const nearest = nearestMount(folder, mounted);
    return nearest !== null && SHARED.test(nearest.type) ? keyOf(nearest) : null;
  };
}

function keyOf({ id, major, minor, point }: Mounted): string {
  return `${id} ${major}:${minor} ${point}`;
}
