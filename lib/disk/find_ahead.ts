/**
 * Lets find list and examine some of a walk's folders ahead of it, a few at a time, each time one process
 * for all of them. It costs a process start and saves four fifths of what a thread would compute, so
 * only a walk that has seen hundreds of entries asks for it, and one of an odd tree soon no more.
 */
import { gnuFind, runFind } from "./find_child.ts";
import { type FoundTree, foundTrees } from "./found_trees.ts";
import type { WalkOptions } from "./messages.ts";
import { MAX_DEPTH, REPLACEMENT } from "./walk_entry.ts";

/** Entries that a walk has to have seen before it asks at all. */
const WORTH_IT = 512;
/** What a process start (1 to 2 ms) costs in entries that a thread would have looked at meanwhile. */
const START_COST = 256;
/** About what find says of an entry. */
const RECORD_BYTES = 128;
/** So many entries are a good portion: 1 MB of records, some 20 ms apart. */
const PORTION = 8_000;
/** Under way at once beside the one that is being walked. */
const AHEAD = 2;
/** Of which nothing is known yet; how many folders is bounded by what one process may be told. */
const FIRST_FOLDERS = 16;
const MOST_FOLDERS = 1_000;
const MOST_ARGUMENT_UNITS = 30_000;
/** Bounds the memory: of a portion that has more, the trees that are whole are taken. */
const MOST_BYTES = 4 * 1024 * 1024;
/** The same of the first portion of a level, so that much is not waited for. */
const FIRST_BYTES = 256 * 1024;
/** A tree in which find finds faults is walked as if there were no find. */
const MOST_FAILURES = 3;
/** One of which single trees are larger than that has other ways to be quick. */
const MOST_CUTS = 8;

/** Some folders of one level that find was told. */
interface Portion {
  /** Their places among the names of the level; of one that was ended early, those it was through with. */
  indexes: readonly number[];
  readonly maxBytes: number;
  readonly trees: Promise<readonly FoundTree[] | null>;
}

/** What may be asked for of one walk. */
export class FindAhead {
  readonly #root: string;
  readonly #skipNames: readonly string[];
  readonly #stopping = new AbortController();
  #credit = 0;
  /** Entries that the walk has come by. */
  seen = 0;
  #failures = 0;
  #cuts = 0;

  constructor(root: string, { skipNames = [] }: WalkOptions) {
    this.#root = root;
    this.#skipNames = skipNames;
    // Only such a name means the same to find.
    if (!root.startsWith("/") || root.includes(REPLACEMENT)) this.#failures = MOST_FAILURES;
  }

  /** One more entry that the walk found by itself. */
  count(): void {
    this.#credit++;
    this.seen++;
  }

  get isWorthIt(): boolean {
    return this.#credit >= WORTH_IT && this.#failures < MOST_FAILURES &&
      this.#cuts < MOST_CUTS && !this.#stopping.signal.aborted;
  }

  /** A tree was too large. */
  countCut(): void {
    this.#cuts++;
  }

  /** What find found counts as what the walk found: a good portion pays for the next. */
  async trees(
    starts: readonly string[],
    { maxBytes }: { readonly maxBytes: number },
  ): Promise<readonly FoundTree[] | null> {
    this.#credit -= START_COST;
    const find = await gnuFind();
    if (find === null) {
      this.#failures = MOST_FAILURES;
      return null;
    }
    const root = this.#root;
    const output = await runFind(find, {
      starts: starts.map((start) => `${root}/${start}`),
      skipNames: this.#skipNames,
      maxDepth: MAX_DEPTH - starts[0]!.split("/").length,
      maxBytes,
      signal: this.#stopping.signal,
    });
    const trees = output && foundTrees(output, { root, starts });
    if (trees === null) this.#failures++;
    // Of one that was ended early something is of use, or the next will be smaller.
    else this.#credit += output!.bytes.length / RECORD_BYTES;
    return trees;
  }

  /** Ends what is under way. */
  stop(): void {
    this.#stopping.abort();
  }
}

export interface LevelOfFolders {
  readonly prefix: string;
  /** Those of folders with a `/` at their end. */
  readonly names: readonly string[];
  /** How many entries were in the folder before; 0 where there was none. */
  readonly entriesBefore: number;
}

/** Of so many entries each: how many are a good portion. */
function foldersFor(entries: number): number {
  return Math.max(1, Math.min(MOST_FOLDERS, Math.round(PORTION / entries)));
}

/** The folders of one level of a walk, as find finds them. */
export class LevelAhead {
  readonly #ahead: FindAhead;
  readonly #prefix: string;
  readonly #names: readonly string[];
  #now: Portion | null = null;
  readonly #coming: Portion[] = [];
  /** Of a good portion; null as long as nobody knows how much is in one. */
  #folders: number | null = null;

  constructor(ahead: FindAhead, { prefix, names, entriesBefore }: LevelOfFolders) {
    this.#ahead = ahead;
    this.#prefix = prefix;
    this.#names = names;
    if (entriesBefore > 0) this.#folders = foldersFor(entriesBefore);
  }

  /**
   * The tree of the folder with that place among the level's names; null when the walk has to go there
   * itself. The places only grow. It says so at once where nothing was asked of find.
   */
  treeAt(at: number): Promise<FoundTree | null> | null {
    while (this.#now === null || this.#now.indexes.at(-1)! < at) {
      const to = this.#coming[0]?.indexes[0];
      this.#now = to !== undefined && to <= at
        ? this.#coming.shift()!
        : this.#begin({ from: at, to });
      if (this.#now === null) return null;
      this.#askAhead();
    }
    return this.#taken(this.#now, at);
  }

  async #taken(portion: Portion, at: number): Promise<FoundTree | null> {
    const trees = await portion.trees;
    const place = portion.indexes.indexOf(at);
    if (trees === null || place < 0) return null;
    // Once a portion: what is looked through for its next folders may be a million names.
    if (place === 0) {
      this.#learn(portion, trees);
      this.#askAhead();
    }
    const tree = trees[place];
    this.#ahead.seen += tree?.size ?? 0;
    if (tree) return tree;
    // It is larger than that by itself.
    if (portion.maxBytes === MOST_BYTES) return null;
    this.#now = this.#begin({ from: at, to: at + 1, maxBytes: MOST_BYTES });
    return this.#now && await this.#taken(this.#now, at);
  }

  #learn(portion: Portion, trees: readonly FoundTree[]): void {
    const entries = trees.reduce((sum, { size }) => sum + size, 0);
    this.#folders = trees.length === 0 ? 1 : foldersFor(entries / trees.length);
    if (trees.length === 0 && portion.maxBytes === MOST_BYTES) this.#ahead.countCut();
    // What it did not come to is asked for anew.
    portion.indexes = portion.indexes.slice(0, Math.max(1, trees.length));
  }

  /** What comes next is asked for first, also where a portion ended early. */
  #askAhead(): void {
    const coming = this.#coming;
    let from = this.#now!.indexes.at(-1)! + 1;
    for (let i = 0; this.#folders !== null && coming.length < AHEAD; i++) {
      const next = this.#begin({ from, to: coming[i]?.indexes[0] });
      if (next !== null) coming.splice(i, 0, next);
      else if (i === coming.length) return;
      from = coming[i]!.indexes.at(-1)! + 1;
    }
  }

  /** Null when it is not worth it, and when there is no folder from there on. */
  #begin(
    { from, to = this.#names.length, maxBytes = this.#folders ? MOST_BYTES : FIRST_BYTES }: {
      readonly from: number;
      readonly to?: number | undefined;
      readonly maxBytes?: number;
    },
  ): Portion | null {
    if (!this.#ahead.isWorthIt) return null;
    const indexes = this.#foldersFrom(from, to);
    if (indexes.length === 0) return null;
    const starts = indexes.map((i) => this.#prefix + this.#names[i]!.slice(0, -1));
    const trees = this.#ahead.trees(starts, { maxBytes });
    // Awaited in its turn; until then a rejection must not end the thread.
    trees.catch(() => {});
    return { indexes, maxBytes, trees };
  }

  /** As many as one portion has; none beyond a name of which it is not certain which one is meant. */
  #foldersFrom(from: number, to: number): number[] {
    const indexes: number[] = [];
    const most = this.#folders ?? FIRST_FOLDERS;
    let units = 0;
    for (let i = from; i < to && indexes.length < most; i++) {
      const name = this.#names[i]!;
      if (!name.endsWith("/")) continue;
      units += this.#prefix.length + name.length;
      if (name.includes(REPLACEMENT) || units > MOST_ARGUMENT_UNITS) break;
      indexes.push(i);
    }
    return indexes;
  }
}
