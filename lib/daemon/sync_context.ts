/** What every mover of runs works with, made once per process. */
import { hostname } from "node:os";
import { type Clock } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import type { DiskPool } from "../disk/mod.ts";
import { openEvidence } from "../evidence/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { NO_SESSIONS } from "../sessions/mod.ts";
import type { Gatekeeper, ProgressListener, SyncContext } from "../sync/mod.ts";
import { readInstallation } from "./installation.ts";
import type { StateDir } from "./state_dir.ts";

export interface SyncContextOptions {
  readonly queue: Queue;
  readonly pool: DiskPool;
  readonly clock: Clock;
  readonly stateDir: StateDir;
  readonly verify: Pick<Config["verify"], "maxStreamBytes">;
  readonly acceptProviderAsserted: boolean;
  readonly litter: Config["sync"]["litter"];
  /** As `SyncContext.ignored`; none for `ship`. */
  readonly ignored?: SyncContext["ignored"];
  /** As `SyncContext.origin`; none for `ship`. */
  readonly origin?: SyncContext["origin"];
  /** By equipment, as `SyncContext.staged`; none for `ship`. */
  readonly staged?: SyncContext["staged"];
  readonly onProgress: ProgressListener;
  readonly gatekeeper: Gatekeeper;
  readonly trees: SyncContext["trees"];
  readonly sources: SyncContext["sources"];
  /** None for `ship`. */
  readonly sessions?: SyncContext["sessions"];
  /** As records, keys and heartbeats carry it. @default this computer's name */
  readonly host?: string | undefined;
}

export function syncContext(options: SyncContextOptions): SyncContext {
  const {
    queue,
    pool,
    clock,
    stateDir,
    verify,
    acceptProviderAsserted,
    litter,
    gatekeeper,
    trees,
    sources,
    host = hostname(),
  } = options;
  const { onProgress } = options;
  return {
    queue,
    pool,
    clock,
    stateDir: stateDir.path,
    host,
    installation: async () => (await readInstallation(stateDir, clock)).id,
    evidence: openEvidence({ stateDir: stateDir.path, host, clock }),
    tokenPrefix: stateDir.tokenPrefix,
    maxStreamBytes: verify.maxStreamBytes,
    acceptProviderAsserted,
    litter,
    ignored: options.ignored ?? new Map(),
    origin: options.origin ?? new Map(),
    staged: options.staged ?? new Map(),
    log: sentences("sync"),
    onProgress,
    gatekeeper,
    trees,
    sources,
    sessions: options.sessions ?? NO_SESSIONS,
    random: Math.random,
  };
}
