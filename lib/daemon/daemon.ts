/**
 * The service: holds the state directory, opens the queue, gives out work, shows the page. Starting
 * and stopping are one list read forwards and backwards, so that nothing is left running.
 */
import {
  type Clock,
  LabferryError,
  messageOf,
  type Service,
  systemClock,
  VERSION,
} from "../base/mod.ts";
import { endsWithin } from "../base/ends_within.ts";
import { configureLog, logger, sentences } from "../base/log.ts";
import { type Config, type Equipment } from "../config/mod.ts";
import {
  jobView,
  LocalControl,
  ProgressBoard,
  progressView,
  type SettingsView,
} from "../control/mod.ts";
import { removeIfThere } from "../disk/mod.ts";
import { HeadStart, realPathsOf, Scanner } from "../intake/mod.ts";
import type { Job } from "../queue/mod.ts";
import { HandedOver, isStaged } from "../sync/mod.ts";
import { CLEARED_BY_ITSELF, StagingArea, withReceived } from "../staging/mod.ts";
import { TrailMirror } from "../trail/mod.ts";
import { NewsHub, type Sessions } from "../web/mod.ts";
import { FarRebuild } from "./far_rebuild.ts";
import { Ending } from "./ending.ts";
import { firstLooks, showToUsers } from "./first_looks.ts";
import { GateWatch } from "./gate_watch.ts";
import { heartbeating } from "./heartbeating.ts";
import { HoldWatch } from "./hold_watch.ts";
import { Hooks } from "./hooks.ts";
import { type Keeping, startKeeping } from "./keeping.ts";
import { DestinationNews } from "./destination_news.ts";
import { installationMoved, renewNonce } from "./installation.ts";
import { replacedWords } from "./kept_file.ts";
import { ObservedTime } from "./observed_time.ts";
import { type Orchestrating, startOrchestrating } from "./orchestrating.ts";
import { REGISTRY_LOCK_MS, registryFollows } from "./registry_follows.ts";
import { reportFeed } from "./report_feed.ts";
import { sweepScratch } from "./scratch.ts";
import { type Notice, Watchdog } from "./service_manager.ts";
import { openServicePage } from "./service_page.ts";
import { openServiceQueue, refuseNewer } from "./service_queue.ts";
import { holdStateDir, type StateDir, writeServerInfo } from "./state_dir.ts";
import { TempSweep } from "./temp_sweep.ts";
import { TreeWatch } from "./tree_watch.ts";
import { workbench, type WorkbenchOptions } from "./workbench.ts";
import { yieldOrGoOn, YieldWatch } from "./yield_watch.ts";

export interface DaemonOptions extends Pick<WorkbenchOptions, "host"> {
  readonly config: Config;
  readonly stateDir: StateDir;
  readonly clock?: Clock;
  /** Also write the log to stderr, for the service in the foreground. */
  readonly logToStderr?: boolean;
  /** What the manager that started it wants to hear. @default nothing */
  readonly notice?: Notice;
  /** How the configuration is shown; left out, it is not. */
  readonly settings?: () => Promise<SettingsView>;
  /** Of the file that the configuration was read from, in hex; left out, monitoring is not told. */
  readonly configSha256?: string;
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number;
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
  /** Resolves when somebody who may change things has asked it to end (`labferry stop`). */
  readonly askedToStop: Promise<void>;
  /** Ends transfers (resumable), page and queue; within ten seconds. Safe to call again. */
  stop(): Promise<void>;
}

/** @throws LabferryError `already_running`, `port_taken`, and whatever the queue says */
export async function start(options: DaemonOptions): Promise<RunningDaemon> {
  const { stateDir, clock = systemClock } = options;
  const answers = options.answerMs ? { answerMs: options.answerMs } : {};
  // Grows with the equipment that other PCs' runs bring.
  const equipment = [...(await withReceived(options.config)).equipment];
  const config = { ...options.config, equipment };
  await using started = new AsyncDisposableStack();
  const hold = started.use(await holdStateDir(stateDir));
  started.use(openLog(config, stateDir, options.logToStderr ?? false));
  refuseNewer(stateDir);
  const log = logger("daemon");
  for (const told of await firstLooks(stateDir, clock)) log.warn("{told}", { told });
  await sweepScratch(stateDir);

  const installation = await renewNonce(stateDir, clock);
  if (installation.replaced) log.warn("{what}", { what: replacedWords(installation.replaced) });
  const moved = await installationMoved(stateDir, clock);
  if (moved) {
    log.error("{what}; nothing is sent: {hint}", { what: moved.message, hint: moved.hint });
  }
  const queue = await openServiceQueue(config, stateDir, { clock, ...answers });
  const news = new NewsHub();
  const progress = new ProgressBoard();
  const broken = Promise.withResolvers<LabferryError>();
  const asked = Promise.withResolvers<void>();
  const onFault = (fault: unknown) => broken.resolve(partEnded(fault, log));
  const part = { clock, log: sentences("daemon"), onFault };
  const { hooks: settings } = config;
  const hooks = started.use(new Hooks({ settings, tokenPrefix: stateDir.tokenPrefix }));
  const places = new DestinationNews(hooks);
  let keeping: Keeping | null = null;
  let orchestrating: Orchestrating | null = null;
  const yielding: YieldWatch | null = config.yielding && config.sync.enabled
    ? new YieldWatch({
      ...part,
      settings: config.yielding,
      onChange: (standing) => yieldOrGoOn(standing, { dispatcher, news, log }),
    })
    : null;
  const bench = started.use(workbench(config, stateDir, {
    queue,
    clock,
    onProgress: (now) => {
      const view = progressView(now);
      progress.note(view);
      news.publish("progress", view);
    },
    onJob: (job) => {
      progress.moved(job.id);
      news.publish("job", jobView(job, { isStaged: isStaged(job, context) }));
      feed.ring();
      watch.notice();
      keeping?.moved(job);
      orchestrating?.moved(job);
    },
    onPlace: (name) => {
      news.publish("destination", { name });
      places.changed(name, dispatcher.breakers.of(name));
    },
    onTell: (job, { event, message }) =>
      hooks.tell({
        event: `on_${event}`,
        message,
        run: job.runPath,
        equipment: job.equipmentId,
        destination: job.destination,
      }),
    ...(yielding ? { mayGo: () => yielding.mayGo() } : {}),
    host: options.host,
    ...answers,
    onFault,
    serves: config.sync.enabled,
  }));
  const { context, destinations, dispatcher, trees } = bench;
  // Ended after the dispatcher, so that it still tells what the last transfers did.
  const feed = started.use(reportFeed({ pool: bench.pool, stateDir, context }));
  const ending = new Ending();
  const begin = (one: Service) => ending.add(started.use(one)).start();
  const startedAt = clock.now().toISOString();
  let url = "";
  const daemon = () => ({ pid: Deno.pid, version: VERSION, started_at: startedAt, url });
  const shared = { ...answers, config, context, onFault };
  const unplaced = () => orchestrating?.unplaced ?? [];
  const watch = new GateWatch({
    ...shared,
    cache: bench.cache,
    dispatcher,
    news,
    unplaced,
    isTold: config.sync.enabled,
  });
  const { moves } = dispatcher;
  const onTaken = () => dispatcher.ring();
  const onNotice = () => watch.notice();
  const onSeen = () => news.publish("acquiring", {});
  const noted = { onTaken, onNotice, onSeen };
  const realPaths = await realPathsOf(config, answers);
  const intake = new Scanner({ ...shared, ...noted, moves, destinations, realPaths });
  const area = await StagingArea.of(config);
  const held = (job: Job) => area?.holds(job) ? CLEARED_BY_ITSELF : null;
  const control = new LocalControl({
    config,
    progress,
    context,
    destinations,
    dispatcher,
    daemon,
    watch,
    intake,
    area,
    held,
    received: () => orchestrating?.roots ?? [],
    storage: () => keeping,
    yielding,
  });
  if (yielding) started.use(yielding).start();
  started.use(new ObservedTime(queue.observedTime, part)).start();
  if (config.sync.enabled) {
    for (const one of [dispatcher, intake]) begin(one);
    HeadStart.startIn(begin, { ...shared, moves, destinations, dispatcher });
    const onFreed = async (equipmentId: string) => {
      intake.ring();
      await dispatcher.probeNow(equipmentId);
    };
    begin(new TreeWatch({ ...part, trees, onFreed }));
  }
  keeping = ending.add(
    started.use(startKeeping({ ...part, config, bench, hooks, stateDir, held })),
  );
  const onProvenElsewhere = (job: Job) => {
    news.publish("job", jobView(job));
    feed.ring();
  };
  begin(
    new HandedOver({
      ...part,
      context,
      destinations,
      dispatcher,
      onTaken: onProvenElsewhere,
      restMs: Math.max(1, config.sync.scanSeconds) * 1_000,
    }),
  );
  if (area) {
    const onMet = (one: Equipment) => {
      equipment.push(one);
      intake.add(one);
    };
    const staging = { ...part, config, area, bench, onMet };
    orchestrating = ending.add(started.use(startOrchestrating(staging)));
  }
  begin(watch);
  feed.start();
  const mirror = new TrailMirror({
    ...part,
    context,
    destinations,
    dispatcher,
    reportsDir: stateDir.reportsDir,
    onBroken: ({ path, equipmentId }) =>
      hooks.tell({
        event: "on_failed",
        message: `report_chain_broken: ${path} was changed at the destination, and is set aside`,
        equipment: equipmentId,
      }),
  });
  if (config.sync.enabled) begin(mirror);
  const { configSha256 } = options;
  const beating = { ...part, config, bench, control, hooks, stateDir };
  const heartbeats = heartbeating({ ...beating, ...(configSha256 ? { configSha256 } : {}) });
  if (config.sync.enabled) begin(heartbeats);
  begin(new TempSweep({ context, stateDir, onFault }));

  const page = started.use(
    await openServicePage({
      onStop: asked.resolve,
      config,
      stateDir,
      clock,
      control,
      news,
      ...(options.settings ? { settings: options.settings } : {}),
      ...(configSha256 ? { configSha256 } : {}),
    }),
  );
  const { sessions } = page;
  url = page.url;
  await writeServerInfo(stateDir, daemon());
  await showToUsers(stateDir);
  const registry = registryFollows(config, { log, trees });
  // A root on a share that hangs is not waited for.
  started.defer(async () => void await endsWithin(registry, REGISTRY_LOCK_MS));
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
    begin(new FarRebuild({ config, destinations, context, stateDir, onJob, onFault }));
  }

  const holdWatch = started.use(new HoldWatch({ hold, stateDir }, part));
  holdWatch.start();
  const lost = Promise.race([holdWatch.lost, broken.promise]);
  const { notice } = options;
  // The last to be started, and so the first to be ended: it says that all the others are there.
  if (notice?.socket) {
    started.use(new Watchdog({ notice, status: `labferry is at ${url}` }, part)).start();
  }

  started.defer(() => ending.tell());
  const running = started.move();
  const leave = () => {
    hold.release();
    return forgetServer(stateDir);
  };
  let ended: Promise<void> | null = null;
  const stop = () => ended ??= Ending.inTime(running, { log, leave });
  const askedToStop = asked.promise;
  return { url, control, news, sessions, lost, askedToStop, stop, [Symbol.asyncDispose]: stop };
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

async function forgetServer(stateDir: StateDir): Promise<void> {
  await removeIfThere(stateDir.serverFile);
}
