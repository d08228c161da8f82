/** What every part of the scanner works with. */
import type { Config } from "../config/mod.ts";
import type { JobMoves } from "../jobs/mod.ts";
import type { Destination, SyncContext } from "../sync/mod.ts";
import type { RealPaths } from "./two_roots.ts";

export interface ScanHouse {
  readonly config: Config;
  readonly context: SyncContext;
  readonly moves: JobMoves;
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Time the service has lived through, over restarts. */
  readonly observedMs: () => number;
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
  /** @default as they are named */
  readonly realPaths?: RealPaths;
  /** A run was taken: there is work. */
  readonly onTaken: () => void;
  /** Something came, went or changed below a root. @default nobody has to know */
  readonly onNotice?: () => void;
}
