/** What an audit says of one place, and what it has to know to say it. */
import type { OverrideEntry } from "../records/mod.ts";
import type { AuditCache } from "./audit_cache.ts";
import type { Finding } from "./finding.ts";
import type { Problem } from "./look.ts";
import type { GateSettings } from "./settings.ts";

export interface PlaceAudit {
  readonly kind: "run" | "project" | "equipment" | "root";
  /** Absolute. */
  readonly path: string;
  /** Faults of this place, sorted and masked. */
  readonly findings: readonly Finding[];
  /**
   * Faults of the folders above a run, as they concern this run. An audit of the whole tree lists
   * each once, with the project or equipment; the gate needs them with every run.
   */
  readonly above: readonly Finding[];
  readonly problems: readonly Problem[];
  /** From the record; null where there is none that can be read. */
  readonly syncStatus: string | null;
  readonly overrides: readonly OverrideEntry[];
  /** Files and folders seen. */
  readonly entries: number;
}

/** Everything a walk carries with it. */
export interface Walk {
  readonly settings: GateSettings;
  readonly extensions: ReadonlySet<string>;
  readonly telling: ReadonlySet<number>;
  readonly cache: AuditCache;
  /** Wall clock at which looking began; decides what was at rest, and which overrides count. */
  readonly now: Date;
  /** Where an equipment's runs go, by its id, as the far side names it. */
  readonly destinationBases: ReadonlyMap<string, string>;
  /** Ids of the equipment below a root; null takes every folder that could be one. */
  readonly equipmentIds: ReadonlySet<string> | null;
}

/** Walks yield a place when it is judged, and nothing where they can pause. */
export type Walking<Return = void> = AsyncGenerator<PlaceAudit | undefined, Return>;
