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

/** Bounds the memory: a text costs some 70 bytes here. Beyond it places are judged anew. */
const MAX_CACHED_TEXTS = 1_000_000;

export class AuditCache {
  readonly #places = new Map<string, CachedPlace>();
  readonly #seen = new Set<string>();
  #texts = 0;

  get size(): number {
    return this.#places.size;
  }

  get(path: string): CachedPlace | undefined {
    return this.#places.get(path);
  }

  set(path: string, place: CachedPlace): void {
    this.#seen.add(path);
    this.delete(path);
    const texts = textsIn(place);
    if (this.#texts + texts > MAX_CACHED_TEXTS) return;
    this.#texts += texts;
    this.#places.set(path, place);
  }

  delete(path: string): void {
    const place = this.#places.get(path);
    if (place === undefined) return;
    this.#texts -= textsIn(place);
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
  }
}

function textsIn(place: CachedPlace): number {
  let texts = 0;
  for (const folder of place.folders.values()) texts += folder.texts.length;
  return texts;
}
