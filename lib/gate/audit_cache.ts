/**
 * What earlier audits learned, so that the next one looks only at what changed. It can be thrown
 * away at any time; nothing but speed is lost.
 */
import type { FolderReadings } from "./tree_reading.ts";
import type { FolderReading } from "./reading.ts";
import type { RecordsReading } from "./record_reading.ts";

/** One run, project or records folder. */
export interface CachedPlace {
  /** Names settings and rendered files (`contextKey`); null for a place without folders. */
  readonly context: string | null;
  readonly records: RecordsReading | null;
  readonly folders: FolderReadings;
}

/** Bounds the memory: a text costs some 70 bytes here. Beyond it places are judged anew. */
const MAX_CACHED_TEXTS = 1_000_000;

/** The first line of a written cache; another layout gets another number. */
const HEADER = '{"labferry_audit_cache":1}';

export class AuditCache {
  readonly #places = new Map<string, CachedPlace>();
  readonly #seen = new Set<string>();
  #texts = 0;
  /** True when something differs from what was last written or read. */
  changed = false;

  get size(): number {
    return this.#places.size;
  }

  get(path: string): CachedPlace | undefined {
    return this.#places.get(path);
  }

  set(path: string, place: CachedPlace): void {
    this.#seen.add(path);
    const before = this.#places.get(path);
    if (before !== undefined && isSamePlace(before, place)) return;
    this.delete(path);
    this.changed = true;
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
    this.changed = true;
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

  /** The cache as JSON lines, one place a line, to be kept over a restart. */
  *toLines(): Generator<string> {
    yield HEADER;
    for (const [path, { context, records, folders }] of this.#places) {
      yield JSON.stringify({ path, context, records, folders: [...folders] });
    }
  }

  /**
   * A cache from the lines of `toLines`. Lines that are torn or of another layout are left out: the
   * places they told of are judged anew.
   */
  static fromLines(lines: Iterable<string>): AuditCache {
    const cache = new AuditCache();
    let first = true;
    for (const line of lines) {
      if (first) {
        if (line !== HEADER) return cache;
        first = false;
        continue;
      }
      const place = parsed(line);
      if (place !== null) cache.set(place.path, place);
    }
    cache.changed = false;
    return cache;
  }
}

/** Readings are taken over as they are, so being one object is enough. */
function isSamePlace(a: CachedPlace, b: CachedPlace): boolean {
  if (a.context !== b.context || a.folders.size !== b.folders.size) return false;
  for (const [below, reading] of b.folders) if (a.folders.get(below) !== reading) return false;
  return isSameRecords(a.records, b.records);
}

function isSameRecords(a: RecordsReading | null, b: RecordsReading | null): boolean {
  if (a === null || b === null) return a === b;
  return a.key === b.key && a.records.length === b.records.length &&
    a.records.every((record, index) => record === b.records[index]);
}

function textsIn(place: CachedPlace): number {
  let texts = 0;
  for (const folder of place.folders.values()) texts += folder.texts.length;
  return texts;
}

function parsed(line: string): CachedPlace & { path: string } | null {
  try {
    const { path, context, records, folders } = JSON.parse(line) as Record<string, unknown>;
    if (typeof path !== "string" || !Array.isArray(folders)) return null;
    return {
      path,
      context: context as string | null,
      records: records as RecordsReading | null,
      folders: new Map(folders as [string, FolderReading][]),
    };
  } catch (error) {
    // A crash tore the last line.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
