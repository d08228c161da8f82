/**
 * The service: holds the state directory, opens the queue, gives out work, shows the page. Starting
 * and stopping are one list read forwards and backwards, so that nothing is left running.
 */
import { type Clock, LabferryError, messageOf, systemClock, VERSION } from "../base/mod.ts";
import { configureLog, logger, sentences } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import { AuditCache } from "../gate/mod.ts";
import { DiskPool, removeIfThere } from "../disk/mod.ts";
import { resyncEquipment } from "../intake/mod.ts";
import { endLeftovers } from "../process/mod.ts";
import { type Job, Queue } from "../queue/mod.ts";
import { ReportStore } from "../reports/mod.ts";
import { Dispatcher } from "../sync/mod.ts";
import { KnownDestinations } from "../transports/mod.ts";
import { createApp, listen, type Listener, NewsHub, Sessions } from "../web/mod.ts";
import { configuredGate, jobView, LocalControl, progressView } from "../control/mod.ts";
import { syncContext } from "./sync_context.ts";
import { FarRebuild } from "./far_rebuild.ts";
import { GateWatch } from "./gate_watch.ts";
import { runHook } from "./hooks.ts";
import { replacedWords } from "./kept_file.ts";
import { HoldWatch } from "./hold_watch.ts";
import { ObservedTime } from "./observed_time.ts";
import { installationMoved, renewNonce } from "./installation.ts";
import { destinationsOf, heldWhileMoved, stagedEquipment } from "./destinations.ts";
import { reportFeed } from "./report_feed.ts";
import { isRebuilt, rebuildQueue } from "./rebuild.ts";
import { sweepScratch } from "./scratch.ts";
import { TempSweep } from "./temp_sweep.ts";
import { ensureToken, holdStateDir, type StateDir, writeServerInfo } from "./state_dir.ts";

export interface DaemonOptions {
  readonly config: Config;
  readonly stateDir: StateDir;
  readonly clock?: Clock;
  /** Also write the log to stderr, for the service in the foreground. */
  readonly logToStderr?: boolean;
}

export interface RunningDaemon extends AsyncDisposable {
  readonly url: string;
  readonly control: LocalControl;
  readonly news: NewsHub;
  readonly sessions: Sessions;
  /**
   * Resolves when the service cannot go on and must end: the state directory was taken away under it,
   * or a part of it ended by a fault of ours.
   */
  readonly lost: Promise<LabferryError>;
  /** Ends transfers (resumable), page and queue; within ten seconds. Safe to call again. */
  stop(): Promise<void>;
}

/** @throws LabferryError `already_running`, `port_taken`, and whatever the queue says */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { config, stateDir, clock = systemClock } = options;
  await using started = new AsyncDisposableStack();
  const hold = started.use(await holdStateDir(stateDir));
  started.use(openLog(config, stateDir, options.logToStderr ?? false));
  const log = logger("daemon");
  const ended = await endLeftovers(stateDir.tokenPrefix);
  if (ended > 0) log.warn("ended {ended} programs that an earlier labferry left behind", { ended });
  await sweepScratch(stateDir);

  const known = new KnownDestinations(stateDir.path, { clock });
  const installation = await renewNonce(stateDir, clock);
  if (installation.replaced) log.warn("{what}", { what: replacedWords(installation.replaced) });
  const moved = await installationMoved(stateDir, clock);
  if (moved) {
    log.error("{what}; nothing is sent: {hint}", { what: moved.message, hint: moved.hint });
  }
  const destinations = heldWhileMoved(destinationsOf(config, known, clock), stateDir, clock);
  const queue = started.use(await openQueue(options, log));
  const pool = started.use(new DiskPool());
  const news = new NewsHub();
  const cache = new AuditCache();
  const context = syncContext({
    queue,
    pool,
    clock,
    stateDir,
    verify: config.verify,
    acceptProviderAsserted: config.nasCleanup.acceptProviderAsserted,
    litter: config.sync.litter,
    staged: stagedEquipment(config),
    onProgress: (progress) => news.publish("progress", progressView(progress)),
    gatekeeper: configuredGate(config, clock, cache),
  });
  const broken = Promise.withResolvers<LabferryError>();
  const onFault = (fault: unknown) => broken.resolve(partEnded(fault, log));
  const part = { clock, log: sentences("daemon"), onFault };
  // Ended after the dispatcher, so that it still tells what the last transfers did.
  const feed = started.use(
    reportFeed({ queue, pool, stateDir, isStaged: (id) => context.staged.has(id) }),
  );
  const dispatcher = new Dispatcher({
    destinations,
    context,
    maxParallel: config.sync.maxParallel,
    onJob: (job) => {
      news.publish("job", jobView(job, { isStaged: context.staged.has(job.equipmentId) }));
      feed.ring();
    },
    onPlace: (name) => news.publish("destination", { name }),
    onTell: (job, effect, signal) =>
      runHook(config.hooks, { job, effect, token: stateDir.tokenPrefix, signal }),
    onFault,
  });
  const startedAt = clock.now().toISOString();
  let url = "";
  const daemon = () => ({ pid: Deno.pid, version: VERSION, started_at: startedAt, url });
  const watch = new GateWatch({ config, context, cache, dispatcher, news, onFault });
  const control = new LocalControl({ config, context, destinations, dispatcher, daemon, watch });
  started.use(new ObservedTime(queue.observedTime, part)).start();
  if (config.sync.enabled) started.use(dispatcher).start();
  started.use(watch).start();
  feed.start();
  started.use(new TempSweep({ context, stateDir, onFault })).start();

  const closing = new AbortController();
  const sessions = new Sessions(clock);
  const { text: token, replaced: oldToken } = await ensureToken(stateDir);
  for (const replaced of [stateDir.replaced, oldToken]) {
    if (replaced) log.warn("{what}", { what: replacedWords(replaced) });
  }
  const { listen: hostname, port } = config.status;
  const listener: Listener = await listen({
    hostname,
    port,
    app: (bound) =>
      createApp({
        control,
        news,
        sessions,
        port: bound,
        token: token.trim(),
        version: VERSION,
        gate: control,
        reports: new ReportStore(stateDir.reportsDir),
        signal: closing.signal,
      }),
  });
  started.defer(() => listener.stop());
  started.defer(() => closing.abort());
  url = listener.url;
  await writeServerInfo(stateDir, daemon());
  const registry = registryFollows(config, log);
  started.defer(() => registry);
  started.defer(() => forgetServer(stateDir));
  log.info("labferry {version} at {url}, state in {state}", {
    version: VERSION,
    url,
    state: stateDir.path,
  });

  if (config.sync.enabled) {
    const onJob = (job: Job) => {
      news.publish("job", jobView(job));
      dispatcher.ring();
    };
    started.use(new FarRebuild({ config, destinations, context, stateDir, onJob, onFault }))
      .start();
  }

  const holdWatch = started.use(new HoldWatch({ hold, stateDir }, part));
  holdWatch.start();
  const lost = Promise.race([holdWatch.lost, broken.promise]);

  const running = started.move();
  const stop = () => running.disposeAsync();
  return { url, control, news, sessions, lost, stop, [Symbol.asyncDispose]: stop };
}

/** Half a service is none: whoever started it ends it, and a service manager starts it anew. */
function partEnded(fault: unknown, log: ReturnType<typeof logger>): LabferryError {
  log.error("a part of the service ended by a fault of labferry: {message}", {
    message: messageOf(fault),
    stack: fault instanceof Error ? fault.stack : undefined,
  });
  return new LabferryError("internal", "A part of the service ended", {
    why: messageOf(fault),
    hint: "report it, with `app.log`; started again, the service goes on where it stopped",
    cause: fault,
  });
}

function openLog(config: Config, stateDir: StateDir, stderr: boolean): Disposable {
  const { level, centralLogMaxMb: maxMb, centralLogKeep: keep } = config.logging;
  return configureLog({ level, file: stateDir.logFile, maxMb, keep, stderr });
}

/** Longest wait for another program that writes a registry entry; the next start asks again. */
const REGISTRY_LOCK_MS = 2_000;

/** A configuration takes effect at a start, and so does what `equipment.json` says of it. */
async function registryFollows(config: Config, log: ReturnType<typeof logger>): Promise<void> {
  const faults = await resyncEquipment(config.equipment, { lockTimeoutMs: REGISTRY_LOCK_MS });
  for (const fault of faults) {
    log.warn("the registry entry of {equipmentId} does not follow the configuration: {message}", {
      ...fault,
    });
  }
}

/**
 * A database that was never filled from the records is, before anything moves: a missing one, a
 * damaged one that was put aside, and one whose filling was killed half-way.
 */
async function openQueue(
  { config, stateDir, clock = systemClock }: DaemonOptions,
  log: ReturnType<typeof logger>,
): Promise<Queue> {
  const { queue, setAside } = Queue.openOrSetAside(stateDir.queueFile, { clock });
  if (setAside) {
    log.error("the queue was damaged ({fault}); it was set aside as {path}", { ...setAside });
  }
  if (isRebuilt(queue)) return queue;
  try {
    const known = new KnownDestinations(stateDir.path, { clock });
    const rebuilt = await rebuildQueue(queue, destinationsOf(config, known, clock), config);
    if (rebuilt.jobs > 0) {
      log.warn("rebuilt the queue from the records: {jobs} runs", { ...rebuilt });
    }
    for (const { path, reason } of rebuilt.unreadable) {
      log.warn("left out of the rebuilt queue: {path}: {reason}", { path, reason });
    }
    return queue;
  } catch (error) {
    queue[Symbol.dispose]();
    throw error;
  }
}

async function forgetServer(stateDir: StateDir): Promise<void> {
  await removeIfThere(stateDir.serverFile);
}
