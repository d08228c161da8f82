/**
 * Every entry below a folder, one at a time, without following links. Runs in a worker thread.
 *
 * Files come in the byte order of their whole paths (the order of `checksums.sha256` and of every
 * list of files here), so that two walks, or a walk and a list, can be merged as they stream: a
 * folder therefore sorts as if its name ended with `/`.
 */
import { compareUtf8 } from "../base/bytes.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import { type FindAhead, LevelAhead } from "./find_ahead.ts";
import { eachEntryOf } from "./folder_entries.ts";
import type { FoundTree } from "./found_trees.ts";
import type { WalkOptions } from "./messages.ts";
import {
  examine,
  HIGH,
  invalidName,
  MAX_DEPTH,
  problem,
  problemOf,
  REPLACEMENT,
  type WalkedEntry,
  type WalkEntry,
  type WalkProblem,
} from "./walk_entry.ts";

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
  /** Null as long as nothing is asked of find here. */
  ahead: LevelAhead | null;
  /** Entries that the walk had seen when it came here. */
  readonly seenBefore: number;
  /** Of the folder that was left last; 0 before the first. */
  entriesBefore: number;
}

export interface TreeWalkOptions extends WalkOptions {
  /** Who lists and examines folders ahead of it. @default null: it does so itself, one by one */
  readonly ahead?: FindAhead | null;
}

/**
 * What is below `root`, an entry a call; the root itself is not one. Levels are kept here and not in
 * nested generators, where each entry would be handed up through every level above it.
 */
export class TreeWalk {
  readonly root: string;
  readonly #ahead: FindAhead | null;
  readonly #skipped: ReadonlySet<string>;
  readonly #levels: Level[];
  /** A problem of the folder that was listed last. */
  #problem: WalkProblem | null = null;
  /** What find found where the walk is. */
  #found: FoundTree | null = null;
  #isStopped = false;

  private constructor(
    root: string,
    { skipped, top, ahead }: {
      readonly skipped: ReadonlySet<string>;
      readonly top: readonly string[];
      readonly ahead: FindAhead | null;
    },
  ) {
    this.#ahead = ahead;
    this.root = root;
    this.#skipped = skipped;
    this.#levels = [levelOf("", { names: top, seenBefore: 0 })];
  }

  /** @throws LabferryError `not_found`, `link_refused`, `not_a_folder` when the root is none */
  static async of(root: string, options: TreeWalkOptions): Promise<TreeWalk> {
    refuseBadRoot(root);
    const skipped = new Set(options.skipNames ?? []);
    const top = await listFolder(root, { skipped, path: "" });
    if (!Array.isArray(top)) {
      throw diskError(top.failure ?? "io_failed", `${root} could not be listed`, {
        path: root,
        why: top.message,
      });
    }
    return new TreeWalk(root, { skipped, top, ahead: options.ahead ?? null });
  }

  /** Nobody wants the rest: ends what goes on ahead. The walk is of no use any more. */
  stop(): void {
    this.#isStopped = true;
    this.#ahead?.stop();
  }

  /**
   * Null when there is nothing more. With `defer` only folders are examined here. Only what is
   * entered has to be waited for.
   */
  next(defer: boolean): WalkEntry | Unexamined | null | Promise<WalkEntry> {
    if (this.#isStopped) throw new Error("the walk was stopped");
    const found = this.#found?.next();
    if (found) return found;
    this.#found = null;
    if (this.#problem) {
      const problem = this.#problem;
      this.#problem = null;
      return problem;
    }
    let level = this.#levels.at(-1);
    while (level && level.next === level.names.length) level = this.#leave();
    if (!level) return null;
    const name = level.names[level.next++]!;
    const isFolder = name.endsWith("/");
    const path = level.prefix + (isFolder ? name.slice(0, -1) : name);
    if (path.includes(REPLACEMENT)) {
      if (level.doubtful.has(path)) return invalidName(path);
      level.doubtful.add(path);
    } else if (isFolder) {
      const soon = this.#treeAhead(level);
      if (soon) return soon.then((tree) => tree ? this.#enterFound(tree) : this.#goInto(path));
    }
    this.#ahead?.count();
    if (defer && !isFolder) return { kind: "unexamined", path };
    return isFolder ? this.#goInto(path) : examine(this.root, path);
  }

  #leave(): Level | undefined {
    const left = this.#levels.pop()!;
    const level = this.#levels.at(-1);
    if (level) level.entriesBefore = this.#seen - left.seenBefore;
    return level;
  }

  get #seen(): number {
    return this.#ahead?.seen ?? 0;
  }

  /** Of the folder whose name was taken last. */
  #treeAhead(level: Level): Promise<FoundTree | null> | null {
    if (!this.#ahead || this.#levels.length >= MAX_DEPTH) return null;
    if (!level.ahead && this.#ahead.isWorthIt) level.ahead = new LevelAhead(this.#ahead, level);
    return level.ahead?.treeAt(level.next - 1) ?? null;
  }

  #enterFound(tree: FoundTree): WalkEntry {
    this.#found = tree;
    return tree.next()!;
  }

  #goInto(path: string): WalkEntry | Promise<WalkEntry> {
    const entry = examine(this.root, path);
    return entry.kind === "directory" ? this.#enter(entry) : entry;
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
    const listed = await listFolder(`${this.root}/${path}`, { skipped: this.#skipped, path });
    if (!Array.isArray(listed)) {
      this.#problem = listed;
      return entry;
    }
    this.#levels.push(levelOf(`${path}/`, { names: listed, seenBefore: this.#seen }));
    return { ...entry, empty: listed.length === 0 };
  }
}

function levelOf(
  prefix: string,
  { names, seenBefore }: Pick<Level, "names" | "seenBefore">,
): Level {
  const doubtful = new Set<string>();
  return { prefix, names, next: 0, doubtful, ahead: null, seenBefore, entriesBefore: 0 };
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
