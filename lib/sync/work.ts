/** One piece of work on one job: where to, what with, and the moves the machine allows. */
import type { JobMoves } from "../jobs/mod.ts";
import type { FarLook } from "../queue/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";
import type { FarConnection } from "./far_connection.ts";

export interface Work {
  readonly destination: Destination;
  readonly context: SyncContext;
  readonly signal: AbortSignal;
  readonly moves: JobMoves;
  /**
   * The destination answered, as the one it must be. Said at once, not when the run is verified: who
   * sees a verified run must not read that nobody knows how its destination is.
   */
  readonly onReached: () => void;
}

/** Work over a connection, which ends with it. */
export interface FarWork extends Work {
  readonly far: FarConnection;
}

/** Work with a look at what stands in the far folder. */
export interface LookWork extends FarWork {
  readonly look: FarLook;
}
