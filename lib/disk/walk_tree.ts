/**
 * Every entry below a folder, one at a time, without following links. Runs in a worker thread.
 *
 * Files come in the byte order of their whole paths (the order of `checksums.sha256` and of every
 * list of files here), so that two walks, or a walk and a list, can be merged as they stream: a
 * folder therefore sorts as if its name ended with `/`.
 */
import { compareUtf8 } from "../base/bytes.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import { eachEntryOf } from "./folder_entries.ts";
import type { WalkOptions } from "./messages.ts";
import {
  examine,
  invalidName,
  problem,
  problemOf,
  REPLACEMENT,
  type WalkedEntry,
  type WalkEntry,
  type WalkProblem,
} from "./walk_entry.ts";

/** Deeper trees are a loop of mounts or an accident. */
export const MAX_DEPTH = 256;

/** UTF-16 units whose order is not that of their UTF-8 bytes. */
const HIGH = /[\ud800-\uffff]/;

/** Something that is no folder, left for another thread to examine. */
export interface Unexamined {
  readonly kind: "unexamined";
  readonly path: string;
}

/** A folder that has been entered and not yet left. */
interface Level {
  /** Path of the folder with a `/` at its end; empty for the root. */
  readonly prefix: string;
  readonly names: readonly string[];
  next: number;
  /** Names with U+FFFD that were listed already; see `examine`. */
  readonly doubtful: Set<string>;
}

/**
 * What is below `root`, an entry a call; the root itself is not one. Levels are kept here and not in
 * nested generators, where each entry would be handed up through every level above it.
 */
export class TreeWalk {
  readonly #root: string;
  readonly #skipped: ReadonlySet<string>;
  readonly #levels: Level[];
  /** A problem of the folder that was listed last. */
  #problem: WalkProblem | null = null;

  private constructor(
    root: string,
    { skipped, top }: { readonly skipped: ReadonlySet<string>; readonly top: readonly string[] },
  ) {
    this.#root = root;
    this.#skipped = skipped;
    this.#levels = [levelOf("", top)];
  }

  /** @throws LabferryError `not_found`, `link_refused`, `not_a_folder` when the root is none */
  static async of(root: string, options: WalkOptions): Promise<TreeWalk> {
    refuseBadRoot(root);
    const skipped = new Set(options.skipNames ?? []);
    const top = await listFolder(root, { skipped, path: "" });
    if (!Array.isArray(top)) {
      throw diskError(top.failure ?? "io_failed", `${root} could not be listed`, {
        path: root,
        why: top.message,
      });
    }
    return new TreeWalk(root, { skipped, top });
  }

  /**
   * Null when there is nothing more. With `defer` only folders are examined here. Only what is
   * entered has to be waited for.
   */
  next(defer: boolean): WalkEntry | Unexamined | null | Promise<WalkEntry> {
    if (this.#problem) {
      const problem = this.#problem;
      this.#problem = null;
      return problem;
    }
    let level = this.#levels.at(-1);
    while (level && level.next === level.names.length) {
      this.#levels.pop();
      level = this.#levels.at(-1);
    }
    if (!level) return null;
    const name = level.names[level.next++]!;
    const isFolder = name.endsWith("/");
    const path = level.prefix + (isFolder ? name.slice(0, -1) : name);
    if (path.includes(REPLACEMENT)) {
      if (level.doubtful.has(path)) return invalidName(path);
      level.doubtful.add(path);
    }
    if (defer && !isFolder) return { kind: "unexamined", path };
    const entry = examine(this.#root, path);
    return isFolder && entry.kind === "directory" ? this.#enter(entry) : entry;
  }

  async #enter(entry: WalkedEntry): Promise<WalkEntry> {
    const { path } = entry;
    if (this.#levels.length >= MAX_DEPTH) {
      this.#problem = problem(path, {
        code: "too_deep",
        message: `folders are nested deeper than ${MAX_DEPTH}`,
      });
      return entry;
    }
    const listed = await listFolder(`${this.#root}/${path}`, { skipped: this.#skipped, path });
    if (!Array.isArray(listed)) {
      this.#problem = listed;
      return entry;
    }
    this.#levels.push(levelOf(`${path}/`, listed));
    return { ...entry, empty: listed.length === 0 };
  }
}

function levelOf(prefix: string, names: readonly string[]): Level {
  return { prefix, names, next: 0, doubtful: new Set() };
}

function refuseBadRoot(root: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(root);
  } catch (error) {
    throw diskFailure(error, `${root} could not be examined`, root);
  }
  if (info.isSymlink) {
    throw diskError("link_refused", `${root} is a symbolic link`, {
      path: root,
      hint: "Name the folder the link points to.",
    });
  }
  if (!info.isDirectory) throw diskError("not_a_folder", `${root} is not a folder`, { path: root });
}

/** The names in a folder, those of folders with a `/` at their end, in byte order. */
async function listFolder(
  folder: string,
  { skipped, path }: { readonly skipped: ReadonlySet<string>; readonly path: string },
): Promise<string[] | WalkProblem> {
  const names: string[] = [];
  let plain = true;
  try {
    for await (const entry of eachEntryOf(folder)) {
      if (!entry.isDirectory) names.push(entry.name);
      else if (!skipped.has(entry.name)) names.push(`${entry.name}/`);
      plain &&= !HIGH.test(entry.name);
    }
  } catch (error) {
    return problemOf(error, path);
  }
  // Without surrogates JavaScript's own order is the byte order, and several times faster.
  return plain ? names.sort() : names.sort(compareUtf8);
}
