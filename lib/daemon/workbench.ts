/**
 * What runs are worked on with: queue, disk threads, context, destinations and dispatcher, wired in one
 * place for the service and for a command that answers by itself.
 */
import type { Clock } from "../base/mod.ts";
import { sentences } from "../base/log.ts";
import type { Config, Equipment } from "../config/mod.ts";
import { configuredGate } from "../control/mod.ts";
import { DiskPool } from "../disk/mod.ts";
import { AuditCache, type Finding } from "../gate/mod.ts";
import type { Queue } from "../queue/mod.ts";
import {
  type Destination,
  Dispatcher,
  type DispatcherOptions,
  originFindings,
  type ProgressListener,
  type SyncContext,
} from "../sync/mod.ts";
import { KnownDestinations } from "../transports/mod.ts";
import {
  destinationsOf,
  heldWhileElsewhere,
  heldWhileMoved,
  heldWhileServed,
  ignoredFiles,
  stagedEquipment,
} from "./destinations.ts";
import { HeartbeatBook, heldWhileTwice } from "./heartbeat_book.ts";
import { readInstallation } from "./installation.ts";
import type { StateDir } from "./state_dir.ts";
import { syncContext } from "./sync_context.ts";
import { Sessions } from "../sessions/mod.ts";
import { askShares } from "./ask_shares.ts";
import { BaseClaims } from "./base_claims.ts";
import { PullSources } from "./pull_sources.ts";
import { SeenShares } from "./seen_shares.ts";
import { TreeClaims } from "./tree_claims.ts";

export interface Workbench extends Disposable {
  readonly queue: Queue;
  readonly pool: DiskPool;
  readonly context: SyncContext;
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Another equipment, received after the start, has its destination too from now on. */
  addDestination(equipment: Equipment): void;
  /** Not started: whoever only asks for one thing needs no rounds. */
  readonly dispatcher: Dispatcher;
  /** What the gate has read already; shared with the background audit. */
  readonly cache: AuditCache;
  readonly trees: TreeClaims;
}

/** A command listens to nothing but its own progress. */
export interface WorkbenchOptions
  extends Partial<Pick<DispatcherOptions, "onJob" | "onPlace" | "onTell" | "mayGo" | "onFault">> {
  /** Open; the workbench closes it. */
  readonly queue: Queue;
  readonly clock: Clock;
  readonly onProgress?: ProgressListener;
  /** As in `TreeClaims`. @default false */
  readonly serves?: boolean;
  /** As `SyncContextOptions.host`. */
  readonly host?: string | undefined;
  /** As `AuditOptions.answerMs`. */
  readonly answerMs?: number;
}

export function workbench(
  config: Config,
  stateDir: StateDir,
  options: WorkbenchOptions,
): Workbench {
  const {
    queue,
    clock,
    onProgress = () => {},
    onJob = () => {},
    onPlace = () => {},
    onTell = () => {},
    mayGo,
    onFault,
    serves = false,
    answerMs,
    host,
  } = options;
  const log = sentences("sync");
  const answers = answerMs ? { answerMs } : {};
  // A command asks nobody: there a person waits, and can end it.
  const shareThreads = serves ? askShares(answers) : null;
  const trees = new TreeClaims({ config, stateDir, clock, log, serves, ...answers });
  const sources = new PullSources({ config, shares: new SeenShares(stateDir, clock), ...answers });
  const claims = new BaseClaims({ sources, stateDir, clock, trees });
  const cache = new AuditCache();
  const pool = new DiskPool(serves ? { idleMs: threadsRestMs(config) } : {});
  const context = syncContext({
    queue,
    pool,
    clock,
    stateDir,
    host,
    verify: config.verify,
    acceptProviderAsserted: config.nasCleanup.acceptProviderAsserted,
    litter: config.sync.litter,
    ignored: ignoredFiles(config),
    origin: new Map(config.equipment.map(({ id, origin }) => [id, origin])),
    staged: stagedEquipment(config),
    onProgress,
    gatekeeper: configuredGate(config, { clock, cache, also: alsoOf(queue), ...answers }),
    trees: claims,
    sources,
    sessions: new Sessions({
      rules: new Map(
        config.equipment.flatMap(({ id, session }) => session ? [[id, session] as const] : []),
      ),
      bases: config.sessions.bases,
      queue,
      ...answers,
    }),
  });
  const known = new KnownDestinations(stateDir.path, { clock });
  const book = new HeartbeatBook(queue);
  const installation = () => readInstallation(stateDir, clock);
  const placesOf = (equipment: readonly Equipment[]) => {
    const places = claims.asked(destinationsOf({ ...config, equipment }, known, clock));
    const served = heldWhileServed(heldWhileMoved(places, stateDir, clock), claims);
    return heldWhileTwice(heldWhileElsewhere(served, queue), { book, installation });
  };
  const destinations = placesOf(config.equipment);
  const dispatcher = new Dispatcher({
    destinations,
    context,
    maxParallel: config.sync.maxParallel,
    onJob,
    onPlace,
    onTell,
    ...(mayGo ? { mayGo } : {}),
    ...(onFault ? { onFault } : {}),
  });
  return {
    queue,
    pool,
    context,
    destinations,
    addDestination(equipment) {
      for (const [id, destination] of placesOf([equipment])) destinations.set(id, destination);
    },
    dispatcher,
    cache,
    trees,
    [Symbol.dispose]() {
      pool[Symbol.dispose]();
      shareThreads?.[Symbol.dispose]();
      queue[Symbol.dispose]();
    },
  };
}

/** Longer than from one scan to the next, which would start a thread each time for runs that are open. */
function threadsRestMs({ sync: { scanSeconds } }: Config): number {
  return Math.min(scanSeconds + 10, MOST_REST_SECONDS) * 1_000;
}

/** Each thread is 15 to 20 MB. */
const MOST_REST_SECONDS = 60;

/** What the gate cannot see: files that are not what their instrument states. */
function alsoOf(queue: Queue): (runPath: string) => readonly Finding[] {
  return (runPath) => {
    const job = queue.jobs.byRun(runPath);
    return job === null ? [] : originFindings(job, queue);
  };
}
