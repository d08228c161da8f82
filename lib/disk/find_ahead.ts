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
/** So many entries are a good portion: 1 MB of records, some 25 ms apart. */
const PORTION = 8_000;
/** Under way at once beside the one that is being walked. */
const AHEAD = 2;
/** Of which nothing is known yet; how many folders is bounded by what one process may be told. */
const FIRST_FOLDERS = 64;
const MOST_FOLDERS = 1_000;
const MOST_ARGUMENT_UNITS = 30_000;
/** Bounds the memory: of a portion that has more, the trees that are whole are taken. */
const MOST_BYTES = 4 * 1024 * 1024;
/** The same of the first portion of a level, so that much is not waited for. */
const FIRST_BYTES = 1024 * 1024;
/** A tree in which find finds faults is walked as if there were no find. */
const MOST_FAILURES = 3;
/** One of which single trees are larger than that has other ways to be quick. */
const MOST_CUTS = 8;

/** Some folders of one level that find was told. */
interface Portion {
  /** Their places among the names of the level. */
  readonly indexes: readonly number[];
  readonly maxBytes: number;
  readonly trees: Promise<readonly FoundTree[] | null>;
}

/** What may be asked for of one walk. */
export class FindAhead {
  readonly #root: string;
  readonly #skipNames: readonly string[];
  readonly #stopping = new AbortController();
  #credit = 0;
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

/** The folders of one level of a walk, as find finds them. */
export class LevelAhead {
  readonly #ahead: FindAhead;
  readonly #prefix: string;
  readonly #names: readonly string[];
  #now: Portion | null = null;
  readonly #coming: Portion[] = [];
  /** From that place on nothing was asked of find. */
  #until = 0;
  /** Of a good portion; null as long as it is not known how much is in one. */
  #folders: number | null = null;

  constructor(
    ahead: FindAhead,
    { prefix, names }: { readonly prefix: string; readonly names: readonly string[] },
  ) {
    this.#ahead = ahead;
    this.#prefix = prefix;
    this.#names = names;
  }

  /**
   * The tree of the folder with that place among the level's names; null when the walk has to go there
   * itself. The places only grow. It says so at once where nothing was asked of find.
   */
  treeAt(at: number): Promise<FoundTree | null> | null {
    while (!this.#holds(at) && this.#coming.length > 0) this.#now = this.#coming.shift()!;
    if (!this.#holds(at)) this.#now = this.#begin({ from: at });
    return this.#now && this.#taken(this.#now, at);
  }

  #holds(at: number): boolean {
    return this.#now !== null && this.#now.indexes.at(-1)! >= at;
  }

  async #taken(portion: Portion, at: number): Promise<FoundTree | null> {
    const trees = await portion.trees;
    const place = portion.indexes.indexOf(at);
    if (trees === null || place < 0) return null;
    if (place === 0) this.#learn(portion, trees);
    this.#askAhead();
    if (place < trees.length) return trees[place]!;
    // It was ended in the midst of this one, or before it.
    const isTooLarge = place === 0 && portion.maxBytes === MOST_BYTES;
    if (isTooLarge) return null;
    const to = place === 0 ? at + 1 : portion.indexes.at(-1)! + 1;
    this.#now = this.#begin({ from: at, to, maxBytes: MOST_BYTES });
    return this.#now && await this.#taken(this.#now, at);
  }

  #learn({ indexes, maxBytes }: Portion, trees: readonly FoundTree[]): void {
    if (trees.length === 0) {
      this.#folders = 1;
      if (maxBytes === MOST_BYTES) this.#ahead.countCut();
      return;
    }
    const entries = trees.reduce((sum, { size }) => sum + size, 0);
    const wanted = Math.ceil(PORTION * trees.length / entries);
    const isCut = trees.length < indexes.length;
    this.#folders = Math.min(wanted, isCut ? trees.length : MOST_FOLDERS);
  }

  #askAhead(): void {
    while (this.#folders !== null && this.#coming.length < AHEAD) {
      const next = this.#begin({ from: this.#until });
      if (next === null) return;
      this.#coming.push(next);
    }
  }

  /** Null when it is not worth it, and when there is no folder from there on. */
  #begin(
    { from, to = this.#names.length, maxBytes = this.#folders ? MOST_BYTES : FIRST_BYTES }: {
      readonly from: number;
      readonly to?: number;
      readonly maxBytes?: number;
    },
  ): Portion | null {
    if (!this.#ahead.isWorthIt) return null;
    const indexes = this.#foldersFrom(from, to);
    if (indexes.length === 0) return null;
    this.#until = Math.max(this.#until, indexes.at(-1)! + 1);
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
