/** Where a run goes, and what a worker needs to take it there. */
import type { Clock } from "../base/mod.ts";
import type { DiskPool } from "../disk/mod.ts";
import type { Evidence } from "../evidence/mod.ts";
import type { Queue } from "../queue/mod.ts";
import type { FarSession, Transport } from "../transports/mod.ts";
import type { Gatekeeper } from "./gatekeeper.ts";
import type { ProgressListener } from "./progress.ts";
import type { Sessions } from "../sessions/mod.ts";
import type { Sources } from "./sources.ts";
import type { OriginKind } from "./stated_hashes.ts";
import type { Trees } from "./trees.ts";

/** A destination as the worker sees it: how to reach it, and who it must be. */
export interface Destination {
  /** The equipment's id, or for `ship` the address. */
  readonly name: string;
  readonly transport: Transport;
  /**
   * The UUID the base must carry, as this state directory remembers it.
   *
   * @throws TransportError `destination_unmarked` when it never saw one
   */
  readonly identity: () => Promise<string>;
  /**
   * What is asked of the place with each connection, before anything else is done there.
   *
   * @throws LabferryError why nothing may be done there
   */
  readonly greet?: (session: FarSession, uuid: string) => Promise<void>;
  /** The ceiling in force now, in megabits (10^6 bits) per second; null for none. */
  readonly uploadMbps: () => number | null;
  /** When the hours of the configuration end in which nothing is sent there; null outside of them. */
  readonly closedUntil?: () => Date | null;
}

/** What everything that moves a run works with. */
export interface SyncContext {
  readonly queue: Queue;
  readonly pool: DiskPool;
  readonly clock: Clock;
  readonly stateDir: string;
  /** This machine's name, as records and logs carry it. */
  readonly host: string;
  /** The id of this installation: two PCs made from one image have two. */
  readonly installation: () => Promise<string>;
  /** Signs what this installation says over there. */
  readonly evidence: Evidence;
  /** Begins every child's token; unique to this state directory. */
  readonly tokenPrefix: string;
  readonly maxStreamBytes: number;
  readonly acceptProviderAsserted: boolean;
  /** Whether what operating systems leave beside data is data. */
  readonly litter: "skip" | "send";
  /** By equipment: paths (below a run) of files that are no data and stay behind. */
  readonly ignored: ReadonlyMap<string, (path: string) => boolean>;
  /** By equipment: which of its files state hashes of the others. */
  readonly origin: ReadonlyMap<string, readonly OriginKind[]>;
  /**
   * Equipment of which runs go to an orchestrator's staging area, with the files (below the run)
   * that must be the last to arrive there. Such a run is handed over, never `synced`.
   */
  readonly staged: ReadonlyMap<string, readonly string[]>;
  readonly log: (
    level: "debug" | "info" | "warn" | "error",
    message: string,
    about: Readonly<Record<string, unknown>>,
  ) => void;
  readonly onProgress: ProgressListener;
  /** Judges a run before it goes; `openGate` for `ship --no-gate`. */
  readonly gatekeeper: Gatekeeper;
  /** Who looks after the trees that the runs are in. */
  readonly trees: Trees;
  /** The shares of computers that cannot run labferry, from which runs are fetched. */
  readonly sources: Sources;
  /** One acquisition over several PCs; none for `ship`. */
  readonly sessions: Sessions;
  readonly random: () => number;
}
