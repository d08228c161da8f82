/**
 * The names that a push is about to write, a million of them in 32 MB: not the names are kept but
 * 48 bits of a hash of each, sorted. A clash can only make a name look like ours that is not, so
 * whoever acts on it looks into the list itself first (`in_the_way.ts`).
 */
import { createHash } from "node:crypto";
import type { FarEntry, FileList } from "../contract.ts";
import { wayTo } from "../tool/far_path.ts";

export interface OurName {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** 0 for a folder. */
  readonly sizeBytes: number;
}

export interface NamesToSend {
  readonly files: FileList;
  readonly emptyDirs?: Iterable<string> | undefined;
}

/** Every file, and every folder on its way; a folder comes as often as it is on a way. */
export async function* ourNames(
  { files, emptyDirs = [] }: NamesToSend,
): AsyncGenerator<OurName> {
  for await (const { path, sizeBytes } of files) {
    yield* foldersOf(path);
    yield { path, kind: "file", sizeBytes };
  }
  for (const dir of emptyDirs) {
    yield* foldersOf(dir);
    yield { path: dir, kind: "folder", sizeBytes: 0 };
  }
}

/** Equal for spellings that some place may take for one name. */
export function foldedPath(path: string): string {
  return caseless(path.normalize("NFC")).normalize("NFC");
}

/** Equal for spellings that differ in case only: `ß` is `ss`, and every sigma is one. */
export function caseless(path: string): string {
  return path.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

/** Has one Unicode form only. */
export function isPlain(path: string): boolean {
  return path.normalize("NFC") === path.normalize("NFD");
}

export class OurNames {
  readonly #exact = new SortedNumbers();
  readonly #sized = new SortedNumbers();
  readonly #folded = new SortedNumbers();
  readonly #composed = new SortedNumbers();

  private constructor() {}

  static async of(names: NamesToSend): Promise<OurNames> {
    const ours = new OurNames();
    let lastFolders = "";
    for await (const { path, kind, sizeBytes } of ourNames(names)) {
      if (kind === "folder") {
        // The list is sorted: the same folders come again and again.
        if (`${lastFolders}/`.startsWith(`${path}/`)) continue;
        lastFolders = path;
      } else ours.#sized.add(numberOf(`${sizeBytes} ${path}`));
      ours.#exact.add(numberOf(`${kind} ${path}`));
      ours.#folded.add(numberOf(foldedPath(path)));
      if (!isPlain(path)) ours.#composed.add(numberOf(`${kind} ${path.normalize("NFC")}`));
    }
    for (const numbers of [ours.#exact, ours.#sized, ours.#folded, ours.#composed]) numbers.sort();
    return ours;
  }

  /** Ours, spelled and made just so. */
  holds(entry: FarEntry): boolean {
    return this.#exact.has(numberOf(`${entry.kind} ${entry.path}`));
  }

  /** Ours, made so, in some Unicode form of its name. */
  holdsForm({ kind, path }: FarEntry): boolean {
    return this.#composed.has(numberOf(`${kind} ${path.normalize("NFC")}`));
  }

  /** A file of ours with this very size. */
  holdsSize({ path, sizeBytes }: FarEntry): boolean {
    return this.#sized.has(numberOf(`${sizeBytes} ${path}`));
  }

  /** Ours, or some place may think so. */
  resembles(path: string): boolean {
    return this.#folded.has(numberOf(foldedPath(path)));
  }
}

function foldersOf(path: string): OurName[] {
  return wayTo(path).slice(0, -1).map((folder) => ({ path: folder, kind: "folder", sizeBytes: 0 }));
}

function numberOf(text: string): number {
  return createHash("sha1").update(text).digest().readUIntBE(0, 6);
}

const FIRST_ROOM = 1024;

/** A set of numbers that is filled once, then only asked. */
class SortedNumbers {
  #numbers = new Float64Array(FIRST_ROOM);
  #count = 0;

  add(number: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#count++] = number;
  }

  sort(): void {
    this.#numbers = this.#numbers.slice(0, this.#count).sort();
  }

  has(number: number): boolean {
    let from = 0;
    let to = this.#numbers.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#numbers[middle]! < number) from = middle + 1;
      else to = middle;
    }
    return this.#numbers[from] === number;
  }
}
