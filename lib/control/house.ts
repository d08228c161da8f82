/** What every part of `LocalControl` answers from. */
import type { Config } from "../config/mod.ts";
import type { Cleaner, DiskWatch } from "../custody/mod.ts";
import type { RootState, Scanner } from "../intake/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { StagingArea } from "../staging/mod.ts";
import type { Destination, Dispatcher, SyncContext } from "../sync/mod.ts";
import type { ProblemsView } from "./gate_control.ts";
import type { ProgressBoard } from "./progress_board.ts";
import type { StatusView } from "./views.ts";

/** Whether transfers wait for the instrument's own software. */
export interface YieldingState {
  /** `ZEN.exe is running`; null while nothing waits. */
  readonly waitsFor: string | null;
  readonly since: string | null;
  /** What cannot be told; null when all can. */
  readonly unknown: string | null;
}

export interface ControlHouse {
  readonly config: Config;
  readonly context: SyncContext;
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Started in the daemon; in a command it only performs what that command asks for. */
  readonly dispatcher: Dispatcher;
  /** The background audit; null in a command, which judges for itself. */
  readonly watch: { readonly problems: ProblemsView; notice(): void } | null;
  /** The scanner; null in a command. */
  readonly intake?: Pick<Scanner, "roots" | "sayComplete"> | null;
  /** Null, or absent, for a PC that collects for nobody. */
  readonly area?: StagingArea | null;
  /** Received folders for which there is no place; absent where nobody looks for them. */
  readonly received?: () => readonly RootState[];
  /** The disks and what was let go of them; null in a command. */
  readonly storage?: () => {
    readonly disks: Pick<DiskWatch, "disks">;
    readonly cleaner: Pick<Cleaner, "barren">;
  } | null;
  /** What transfers yield to; absent where nothing is watched. */
  readonly yielding?: { readonly standing: YieldingState } | null;
  /** How far the work on each run is; absent in a command. */
  readonly progress?: Pick<ProgressBoard, "of">;
  /** What holds every deletion back, whatever the run's own interlocks say. @default nothing */
  readonly held?: (job: Job) => string | null;
  /** Where a command's relative paths begin; absent in the service. */
  readonly cwd?: string;
  /** What `status` says of the daemon; null when there is none. */
  readonly daemon: () => StatusView["daemon"];
}
