/**
 * What earlier audits learned, so that the next one looks only at what changed. It lives as long as
 * the program at most, and can be thrown away at any time; nothing but speed is lost.
 */
import type {
  CreationFacts,
  FolderReading,
  FolderReadings,
  KnownRecord,
  RecordsReading,
} from "./reading.ts";

/** One run, project or records folder. */
export interface CachedPlace {
  /** Names settings and rendered files (`contextKey`); null for a place without folders. */
  readonly context: string | null;
  readonly records: RecordsReading | null;
  readonly folders: FolderReadings;
}

/**
 * A place with no more texts is kept as one string, some 300 bytes: as objects it is 2.4 kB, in fifty
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
    return typeof kept === "string" ? unpacked(path, kept) : kept?.place;
  }

  set(path: string, place: CachedPlace): void {
    this.#seen.add(path);
    this.delete(path);
    const texts = textsIn(place);
    const kept = texts <= MOST_PACKED_TEXTS
      ? packed(path, place)
      : { bytes: TEXT_BYTES * texts, place };
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

/** Values without their names, which are the same for every place; `unpacked` has their order. */
function packed(path: string, { context, records, folders }: CachedPlace): string {
  return JSON.stringify([
    context,
    records && [
      records.key,
      records.records.map(({ name, stat, error, creation }) => [
        name,
        stat,
        error,
        creation && packedFacts(path, creation),
      ]),
    ],
    Array.from(folders, ([below, one]) => [
      below,
      one.key,
      one.listedAtMs,
      one.entries,
      one.folders,
      one.hits,
      one.texts,
      one.stats,
      one.textHits,
    ]),
  ]);
}

function unpacked(path: string, text: string): CachedPlace {
  const [context, records, folders] = JSON.parse(text) as PackedPlace;
  return {
    context,
    records: records && {
      key: records[0],
      records: records[1].map(([name, stat, error, facts]) => ({
        name,
        stat,
        error,
        creation: facts && unpackedFacts(path, facts),
      })),
    },
    folders: new Map(
      folders.map(([below, key, listedAtMs, entries, folders, hits, texts, stats, textHits]) => [
        below,
        { key, listedAtMs, entries, folders, hits, texts, stats, textHits },
      ]),
    ),
  };
}

/** Nearly every record was written for the folder it is in. */
function packedFacts(path: string, { localPath, ...facts }: CreationFacts): PackedFacts {
  const { schemaVersion, runKind, syncStatus, hasLimsProject, overrides, renderedFiles, layout } =
    facts;
  return [
    localPath === path ? null : localPath,
    schemaVersion,
    runKind,
    syncStatus,
    hasLimsProject,
    overrides,
    renderedFiles,
    layout,
  ];
}

function unpackedFacts(path: string, facts: PackedFacts): CreationFacts {
  const [localPath, schemaVersion, runKind, syncStatus, hasLimsProject, ...rest] = facts;
  const [overrides, renderedFiles, layout] = rest;
  return {
    localPath: localPath ?? path,
    schemaVersion,
    runKind,
    syncStatus,
    hasLimsProject,
    overrides,
    renderedFiles,
    layout,
  };
}

type PackedFacts = [
  localPath: string | null,
  schemaVersion: CreationFacts["schemaVersion"],
  runKind: CreationFacts["runKind"],
  syncStatus: CreationFacts["syncStatus"],
  hasLimsProject: CreationFacts["hasLimsProject"],
  overrides: CreationFacts["overrides"],
  renderedFiles: CreationFacts["renderedFiles"],
  layout: CreationFacts["layout"],
];

type PackedPlace = [
  context: string | null,
  records:
    | [
      key: string | null,
      records: [
        name: string,
        stat: KnownRecord["stat"],
        error: KnownRecord["error"],
        facts: PackedFacts | null,
      ][],
    ]
    | null,
  folders: [
    below: string,
    key: FolderReading["key"],
    listedAtMs: number,
    entries: number,
    folders: FolderReading["folders"],
    hits: FolderReading["hits"],
    texts: FolderReading["texts"],
    stats: FolderReading["stats"],
    textHits: FolderReading["textHits"],
  ][],
];
