/**
 * What find reported of some folders, as the walk would have found it by itself: the same entries in the
 * same order. Anything that a walk would see with other eyes (names that are no UTF-8, trees too deep,
 * paths too long for a call) is left to the walk.
 */
import { compareUtf8 } from "../base/bytes.ts";
import type { FindOutput } from "./find_child.ts";
import { FindRecords, NotARecord } from "./find_records.ts";
import {
  examine,
  HIGH,
  MAX_DEPTH,
  peculiarities,
  REPLACEMENT,
  type WalkEntry,
} from "./walk_entry.ts";

/** Of a folder: with a name in it, and three bytes a unit, the path is below the 4,096 of Linux. */
const MOST_PATH_UNITS = 1_100;

/** Where the trees lie. */
export interface FoundPlace {
  readonly root: string;
  /** Relative to the root, in the order in which find was told them. */
  readonly starts: readonly string[];
}

/** Records and how they hang together. */
interface Forest {
  readonly records: FindRecords;
  /** Of each folder: the first record that is not below it. */
  readonly ends: Int32Array;
  /** The records of the starts. */
  readonly tops: readonly number[];
  /** Its names sort by themselves. */
  readonly isPlain: boolean;
}

/**
 * The trees at `starts` that are whole, in their order; the later ones may be missing. Null when any of
 * what was reported is not for find to tell.
 */
export function foundTrees(output: FindOutput, { root, starts }: FoundPlace): FoundTree[] | null {
  const text = textOf(output);
  const forest = text === null ? null : forestOf(text, { root, starts });
  if (forest === null) return null;
  // Of the last one nobody knows what was still to come.
  const whole = output.isWhole ? forest.tops : forest.tops.slice(0, -1);
  if (output.isWhole && whole.length !== starts.length) return null;
  return whole.map((top, i) => new FoundTree(forest, { root, start: starts[i]!, top }));
}

/**
 * Whole records; where it was ended the last may be cut short, and is left out. Null for names that are
 * no UTF-8, and for those that look as such ones are shown.
 */
function textOf({ bytes, isWhole }: FindOutput): string | null {
  const records = bytes.subarray(0, bytes.lastIndexOf(0) + 1);
  if (isWhole && records.length < bytes.length) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(records);
    return text.includes(REPLACEMENT) ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function forestOf(text: string, place: FoundPlace): Forest | null {
  try {
    const records = new FindRecords(text);
    const hung = hang(records, place);
    return hung && { records, ...hung, isPlain: !HIGH.test(text) };
  } catch (error) {
    if (error instanceof NotARecord) return null;
    throw error;
  }
}

/** find enters a folder as soon as it has reported it, and reports a start before what is below. */
function hang(
  records: FindRecords,
  { root, starts }: FoundPlace,
): Pick<Forest, "ends" | "tops"> | null {
  const ends = new Int32Array(records.count);
  const tops: number[] = [];
  const open: number[] = [];
  const close = (at: number) => ends[open.pop()!] = at;
  for (let i = 0; i < records.count; i++) {
    if (records.pathLengthOf(i) === 0) {
      while (open.length > 0) close(i);
      if (tops.push(i) > starts.length) return null;
    } else {
      while (open.length > 0 && !records.isIn(i, open.at(-1)!)) close(i);
      if (open.length === 0) return null;
    }
    if (!records.isFolder(i)) continue;
    const start = starts[tops.length - 1]!;
    open.push(i);
    if (start.split("/").length + open.length - 1 >= MAX_DEPTH) return null;
    if (root.length + start.length + records.pathLengthOf(i) > MOST_PATH_UNITS) return null;
  }
  while (open.length > 0) close(records.count);
  return { ends, tops };
}

/** A folder and all that is below it, an entry a call; the folder comes first. */
export class FoundTree {
  /** Entries in all. */
  readonly size: number;
  readonly #forest: Forest;
  readonly #root: string;
  readonly #start: string;
  /** What was entered and not yet left: what is in it, in order. */
  readonly #open: { readonly records: readonly number[]; next: number }[];

  constructor(
    forest: Forest,
    { root, start, top }: {
      readonly root: string;
      readonly start: string;
      readonly top: number;
    },
  ) {
    this.#forest = forest;
    this.#root = root;
    this.#start = start;
    this.#open = [{ records: [top], next: 0 }];
    this.size = Math.max(1, forest.ends[top]! - top);
  }

  next(): WalkEntry | null {
    let level = this.#open.at(-1);
    while (level && level.next === level.records.length) {
      this.#open.pop();
      level = this.#open.at(-1);
    }
    if (!level) return null;
    const record = level.records[level.next++]!;
    const isEmpty = this.#forest.ends[record]! <= record + 1;
    if (!isEmpty) this.#open.push({ records: this.#recordsIn(record), next: 0 });
    return this.#entryOf(record, isEmpty);
  }

  #entryOf(record: number, empty: boolean): WalkEntry {
    const { records } = this.#forest;
    const below = records.pathOf(record);
    const path = below === "" ? this.#start : `${this.#start}/${below}`;
    const kind = records.kindOf(record);
    const stat = records.statOf(record);
    if (stat === null) {
      const entry = examine(this.#root, path);
      return kind === "directory" && entry.kind === kind ? { ...entry, empty } : entry;
    }
    if (kind === "directory") return { kind, path, ...stat, empty };
    if (kind !== "file") return { kind, path, ...stat };
    return { kind, path, ...stat, ...peculiarities(records.blocksOf(record)) };
  }

  /** A folder sorts as if its name ended with `/`, as in every walk. */
  #recordsIn(folder: number): number[] {
    const { records, ends, isPlain } = this.#forest;
    const found: { readonly record: number; readonly key: string }[] = [];
    const end = ends[folder]!;
    for (let record = folder + 1; record < end; record = Math.max(ends[record]!, record + 1)) {
      const name = records.nameOf(record);
      found.push({ record, key: records.isFolder(record) ? `${name}/` : name });
    }
    if (isPlain) found.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
    else found.sort((a, b) => compareUtf8(a.key, b.key));
    return found.map(({ record }) => record);
  }
}
