/**
 * What earlier audits learned, so that the next one looks only at what changed. It lives as long as
 * the program at most, and can be thrown away at any time; nothing but speed is lost.
 */
import type { FolderReadings, RecordsReading } from "./reading.ts";

/** One run, project or records folder. */
export interface CachedPlace {
  /** Names settings and rendered files (`contextKey`); null for a place without folders. */
  readonly context: string | null;
  readonly records: RecordsReading | null;
  readonly folders: FolderReadings;
}

/**
 * A place with no more texts is kept as one string, some 600 bytes: as objects it is 2.4 kB, in fifty
 * pieces that the collector goes through each time, for each of ten thousand runs.
 */
const MOST_PACKED_TEXTS = 64;
/** Bounds the memory. Beyond it places are judged anew. */
const MOST_BYTES = 70_000_000;
/** What a text costs in a place that is kept as it is. */
const TEXT_BYTES = 70;

type Kept = { readonly bytes: number; readonly place: CachedPlace } | string;

export class AuditCache {
  readonly #places = new Map<string, Kept>();
  readonly #seen = new Set<string>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor({ mostBytes = MOST_BYTES }: { readonly mostBytes?: number } = {}) {
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#places.size;
  }

  /** About what it holds; never more than `mostBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): CachedPlace | undefined {
    const kept = this.#places.get(path);
    return typeof kept === "string" ? unpacked(kept) : kept?.place;
  }

  set(path: string, place: CachedPlace): void {
    this.#seen.add(path);
    this.delete(path);
    const texts = textsIn(place);
    const kept = texts <= MOST_PACKED_TEXTS ? packed(place) : { bytes: TEXT_BYTES * texts, place };
    if (this.#bytes + bytesOf(kept) > this.#mostBytes) return;
    this.#bytes += bytesOf(kept);
    this.#places.set(path, kept);
  }

  delete(path: string): void {
    const kept = this.#places.get(path);
    if (kept === undefined) return;
    this.#bytes -= bytesOf(kept);
    this.#places.delete(path);
  }

  /** Begins an audit: what `forgetUnseen` drops is what was not set from here on. */
  begin(): void {
    this.#seen.clear();
  }

  /** Drops places at or below `root` that the audit since `begin` did not meet. */
  forgetUnseen(root: string): void {
    for (const path of [...this.#places.keys()]) {
      const isBelow = path === root || path.startsWith(`${root}/`);
      if (isBelow && !this.#seen.has(path)) this.delete(path);
    }
    this.#seen.clear();
  }
}

function textsIn(place: CachedPlace): number {
  let texts = 0;
  for (const folder of place.folders.values()) texts += folder.texts.length;
  return texts;
}

function bytesOf(kept: Kept): number {
  return typeof kept === "string" ? kept.length : kept.bytes;
}

function packed({ folders, ...rest }: CachedPlace): string {
  return JSON.stringify({ ...rest, folders: [...folders] });
}

function unpacked(text: string): CachedPlace {
  const { folders, ...rest } = JSON.parse(text);
  return { ...rest, folders: new Map(folders) };
}
