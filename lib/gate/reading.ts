/** What one look at a folder tells: a plain value that can be kept, written down and used again. */
import type { OffendingKind } from "./finding.ts";
import type { Hit } from "./judgements.ts";
import type { Problem } from "./look.ts";
import type { GateSettings } from "./settings.ts";

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

/** What holds for every folder of one tree (a run's, a project's) during one audit. */
export interface TreeContext {
  readonly settings: GateSettings;
  readonly extensions: ReadonlySet<string>;
  /** Links, pipes and devices are faults inside a run; elsewhere they are nobody's business. */
  readonly insideRun: boolean;
  /** Paths relative to the tree, with `/`, of files a template rendered. */
  readonly rendered: ReadonlySet<string>;
  /** Names at the top that belong to somebody else: records, a project's runs. */
  readonly skipAtTop: (entry: Deno.DirEntry) => boolean;
  /** Bytes the tree's own path has at the destination. */
  readonly farBytes: number;
  readonly telling: ReadonlySet<number>;
  readonly lookedAtMs: number;
}

export interface FolderPlace {
  /** Absolute. */
  readonly path: string;
  /** Relative to the tree with `/`; `""` for the tree itself. */
  readonly below: string;
}

export interface FolderOutcome {
  /** Null when the folder could not be listed. */
  readonly reading: FolderReading | null;
  readonly problems: readonly Problem[];
}
