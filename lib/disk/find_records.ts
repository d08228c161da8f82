/**
 * The records of one run of find, read into columns: a hundred thousand small objects, each kept until
 * its turn comes, cost a thread more than reading them. Their form is `RECORD` in `find_child.ts`.
 */
import type { WalkedKind } from "./walk_entry.ts";

/** What is no record of ours: all that was reported with it is worth nothing. */
export class NotARecord extends Error {}

/** Kinds by their letter; a code is the place of the letter. */
const LETTERS = "fdlpsbc";
const KINDS: readonly WalkedKind[] = [
  "file",
  "directory",
  "symlink",
  "other",
  "other",
  "other",
  "other",
];
export const FILE = 0;
export const FOLDER = 1;

const NUL = 0;
const SPACE = 32;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
/** Beyond it a number may not be exact. */
const MOST_DIGITS = 15;
/** Later times (the year 5138) may be beyond the calendar. */
const MOST_SECOND_DIGITS = 11;
/** Of a fraction of a second; the others are cut off, as the runtime does. */
const MILLI_DIGITS = 3;
/** With the ten digits that find gives to a fraction of a second. */
const SHORTEST_RECORD = 40;

/** Places of a record's numbers. */
const SIZE = 0;
const MTIME = 1;
const CTIME = 2;
const LINKS = 3;
const BLOCKS = 4;
const NUMBERS = 5;
/** Places in the text. */
const ID = 0;
const ID_END = 1;
const PATH = 2;
const NAME = 3;
const PATH_END = 4;
const PLACES = 5;

export class FindRecords {
  readonly #text: string;
  readonly #codes: Uint8Array;
  /** NaN where find's number is not the runtime's, such as a time before 1970. */
  readonly #numbers: Float64Array;
  readonly #places: Int32Array;
  #at = 0;
  count = 0;

  /** @throws NotARecord */
  constructor(text: string) {
    const most = Math.ceil(text.length / SHORTEST_RECORD);
    this.#text = text;
    this.#codes = new Uint8Array(most);
    this.#numbers = new Float64Array(most * NUMBERS);
    this.#places = new Int32Array(most * PLACES);
    while (this.#at < text.length) {
      if (this.count === most) throw new NotARecord();
      this.#read(this.count++);
    }
  }

  #read(i: number): void {
    const [text, numbers, places] = [this.#text, this.#numbers, this.#places];
    const [n, p] = [i * NUMBERS, i * PLACES];
    const code = LETTERS.indexOf(text[this.#at]!);
    if (code < 0 || text.charCodeAt(this.#at + 1) !== SPACE) throw new NotARecord();
    this.#codes[i] = code;
    this.#at += 2;
    numbers[n + SIZE] = this.#number(SPACE, MOST_DIGITS);
    numbers[n + MTIME] = this.#number(POINT, MOST_SECOND_DIGITS) * 1000 + this.#milli();
    numbers[n + CTIME] = this.#number(POINT, MOST_SECOND_DIGITS);
    this.#milli();
    places[p + ID] = this.#at;
    places[p + ID_END] = this.#end(" ");
    numbers[n + LINKS] = this.#number(SPACE, MOST_DIGITS);
    numbers[n + BLOCKS] = this.#number(SPACE, MOST_DIGITS);
    const path = places[p + PATH] = this.#at;
    const end = places[p + PATH_END] = this.#end("\0");
    // Not in the whole text: of a file directly in its start that would be read back to the beginning.
    places[p + NAME] = path + text.slice(path, end).lastIndexOf("/") + 1;
  }

  /** Digits up to `end`; NaN for anything else, such as a sign, and for more than `mostDigits`. */
  #number(end: number, mostDigits: number): number {
    const text = this.#text;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (let code = text.charCodeAt(at); code !== end; code = text.charCodeAt(++at)) {
      if (!(code > NUL) || code === SPACE) throw new NotARecord();
      value = code >= ZERO && code <= NINE ? value * 10 + code - ZERO : NaN;
    }
    this.#at = at + 1;
    return at > from && at - from <= mostDigits ? value : NaN;
  }

  #milli(): number {
    const from = this.#at;
    const end = this.#end(" ");
    if (end - from < MILLI_DIGITS) throw new NotARecord();
    let value = 0;
    for (let at = from; at < from + MILLI_DIGITS; at++) {
      const code = this.#text.charCodeAt(at);
      value = code >= ZERO && code <= NINE ? value * 10 + code - ZERO : NaN;
    }
    return value;
  }

  /** Where the word ends that is read; what follows is next. */
  #end(mark: string): number {
    const end = this.#text.indexOf(mark, this.#at);
    if (end < 0) throw new NotARecord();
    this.#at = end + 1;
    return end;
  }

  isFolder(i: number): boolean {
    return this.#codes[i] === FOLDER;
  }

  isFile(i: number): boolean {
    return this.#codes[i] === FILE;
  }

  kindOf(i: number): WalkedKind {
    return KINDS[this.#codes[i]!]!;
  }

  /** Below the start; empty for the start itself. */
  pathOf(i: number): string {
    return this.#text.slice(this.#places[i * PLACES + PATH], this.#places[i * PLACES + PATH_END]);
  }

  nameOf(i: number): string {
    return this.#text.slice(this.#places[i * PLACES + NAME], this.#places[i * PLACES + PATH_END]);
  }

  /** UTF-16 units. */
  pathLengthOf(i: number): number {
    return this.#places[i * PLACES + PATH_END]! - this.#places[i * PLACES + PATH]!;
  }

  /** True when the record is of something directly in that folder. */
  isIn(i: number, folder: number): boolean {
    const path = this.#places[i * PLACES + PATH]!;
    const length = this.pathLengthOf(folder);
    // Directly below the start there is no `/`.
    const name = path + (length === 0 ? 0 : length + 1);
    return this.#places[i * PLACES + NAME] === name &&
      this.#text.startsWith(this.pathOf(folder), path);
  }

  /** Null where it has to be examined. */
  statOf(i: number): {
    readonly sizeBytes: number;
    readonly mtimeMs: number;
    readonly ctimeS: number;
    readonly fileId: string;
  } | null {
    const [n, p] = [i * NUMBERS, i * PLACES];
    const [numbers, places] = [this.#numbers, this.#places];
    const sizeBytes = numbers[n + SIZE]!;
    const mtimeMs = numbers[n + MTIME]!;
    const ctimeS = numbers[n + CTIME]!;
    // One that is NaN makes the sum it.
    if (Number.isNaN(sizeBytes + mtimeMs + ctimeS + numbers[n + LINKS]! + numbers[n + BLOCKS]!)) {
      return null;
    }
    const fileId = this.#text.slice(places[p + ID], places[p + ID_END]);
    return { sizeBytes, mtimeMs, ctimeS, fileId };
  }

  /** As a stat has them. */
  blocksOf(i: number): { readonly nlink: number; readonly blocks: number; readonly size: number } {
    const [numbers, n] = [this.#numbers, i * NUMBERS];
    return { nlink: numbers[n + LINKS]!, blocks: numbers[n + BLOCKS]!, size: numbers[n + SIZE]! };
  }
}
