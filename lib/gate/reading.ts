/** What one look at a folder or at records found: plain values that are kept and used again. */
import type { OffendingKind } from "./finding.ts";
import type { Hit } from "./judgements.ts";
import type { OverrideEntry } from "../records/mod.ts";
import type { Problem, StatNumbers } from "./look.ts";

/** A hit on one entry of the folder. */
export interface EntryHit {
  readonly name: string;
  readonly kind: OffendingKind;
  readonly hit: Hit;
}

export interface FolderReading {
  /** The folder's state when it was listed; null when that state is not to be trusted. */
  readonly key: string | null;
  readonly listedAtMs: number;
  readonly entries: number;
  readonly folders: readonly string[];
  readonly hits: readonly EntryHit[];
  /** Texts whose content counts, in the order of `stats` (size, mtime, ctime, number each). */
  readonly texts: readonly string[];
  readonly stats: readonly number[];
  /** Hits in the texts; texts without hits have none here. */
  readonly textHits: readonly EntryHit[];
}

/** Readings by the folder's path below the tree, with `/`; `""` is the tree itself. */
export type FolderReadings = ReadonlyMap<string, FolderReading>;

/** What the gate needs of a `creation.json`; the rest of it may be large. */
export interface CreationFacts {
  readonly schemaVersion: string;
  readonly runKind: string;
  readonly syncStatus: string;
  readonly hasLimsProject: boolean;
  readonly overrides: readonly OverrideEntry[];
  /** As the record names them. */
  readonly renderedFiles: readonly string[];
  /** `<EQUIPMENT_ID>/<project>/Runs/<leaf>` of a run that lies elsewhere. */
  readonly layout: string | null;
  /** The folder the record was written for. */
  readonly localPath: string;
}

/** One of a place's records. */
export interface KnownRecord {
  readonly name: string;
  /** Null when the stat is not to be trusted the next time. */
  readonly stat: StatNumbers | null;
  readonly error: string | null;
  readonly creation: CreationFacts | null;
}

export interface RecordsReading {
  /** The folder's state when it was listed; null when that state is not to be trusted. */
  readonly key: string | null;
  readonly records: readonly KnownRecord[];
}

export interface FolderPlace {
  /** Absolute. */
  readonly path: string;
  /** Relative to the tree with `/`; `""` for the tree itself. */
  readonly below: string;
}

/** The path below the tree of what is in a folder of it. */
export function pathBelow(below: string, name: string): string {
  return below === "" ? name : `${below}/${name}`;
}

export interface FolderOutcome {
  /** Null when the folder could not be listed. */
  readonly reading: FolderReading | null;
  readonly problems: readonly Problem[];
}
