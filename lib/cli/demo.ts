/**
 * `labferry demo [--exit] [--port N]`: a make-believe lab in a temporary folder. The instruments and
 * the NAS are made up; what takes the runs there and proves them is the service as it is.
 */
import { basename } from "node:path";
import { isAbort, LabferryError, systemClock } from "../base/mod.ts";
import { type RunningDaemon, startDaemon } from "../daemon/mod.ts";
import type { Control, JobView } from "../control/mod.ts";
import { findHeartbeats, type FleetStanding, fleetStanding, isOnTheWay } from "../fleet/mod.ts";
import type { CliContext } from "./context.ts";
import { acquire } from "./demo_instrument.ts";
import { type DemoLab, makeLab } from "./demo_lab.ts";
import { NEIGHBOUR, PLAN, type PlannedInstrument } from "./demo_runs.ts";
import { endWords, farewell, type Outcome, report, storyLine, welcome } from "./demo_text.ts";
import { untilSettled } from "./enqueue.ts";

export interface DemoFlags {
  readonly exit?: boolean;
  readonly port?: number;
}

/** With `--exit` nobody watches; otherwise slow enough to be looked at. */
const TEMPO = {
  quick: { restMs: 20, confocalMbps: 200 },
  watched: { restMs: 100, confocalMbps: 60 },
} as const;
const USUAL_PORT = 8787;
/** With `--exit`, whatever is not proven by then is not: a slow disk needs a tenth of it. */
const LONGEST_MS = 180_000;
const NEIGHBOUR_HOST = "gel-pc";
/** Thirty heartbeats of the demo. */
const STALE_MS = 60_000;
const ASK_AGAIN_MS = 100;
/** Time to read the text and to reach for the link. */
const LINK_LIFE_MS = 15 * 60_000;

export async function demo(context: CliContext, flags: DemoFlags): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const tempo = flags.exit ? TEMPO.quick : TEMPO.watched;
  try {
    await using lab = await makeLab({
      confocalMbps: tempo.confocalMbps,
      port: flags.port ?? USUAL_PORT,
      signal: context.signal,
    });
    // First, because a process has one log, and that is the last one's.
    await using neighbour = await startDaemon({ ...lab.neighbour, host: NEIGHBOUR_HOST });
    await using service = await startService(lab, flags.port);
    const link = new URL(`/open/${service.sessions.createLink(LINK_LIFE_MS)}`, service.url).href;
    welcome(context, { lab, link, url: service.url });
    const limit = flags.exit ? [AbortSignal.timeout(LONGEST_MS)] : [];
    const signal = AbortSignal.any([context.signal, ...limit]);
    const scene = { context, restMs: tempo.restMs, signal };
    await runLab({ ...scene, lab, service }, { ...scene, lab: lab.neighbour, service: neighbour });
    await showFleet(context, { lab, signal });
    if (!flags.exit) {
      farewell(context, await outcomeOf(lab, service));
      await untilStopped(context.signal);
    }
    const outcome = await outcomeOf(lab, service);
    report(context, { ...outcome, elapsedMs: systemClock.monotonicMs() - startedMs });
    if (flags.exit && !outcome.verified) context.exitCode = 1;
  } catch (error) {
    // Ctrl-C is how a demo that is watched ends; with --exit it was interrupted.
    if (flags.exit || !isAbort(error) || !context.signal.aborted) throw error;
  }
  context.note("The demo's folder is removed.");
}

/** The usual port, or any when somebody (labferry itself, perhaps) has it and no port was asked for. */
async function startService(lab: DemoLab, port: number | undefined): Promise<RunningDaemon> {
  const { config, stateDir, settings } = lab;
  try {
    return await startDaemon({ config, stateDir, settings });
  } catch (error) {
    const taken = error instanceof LabferryError && error.code === "port_taken";
    if (!taken || port !== undefined) throw error;
    const anyPort = { ...config, status: { ...config.status, port: 0 } };
    return await startDaemon({ config: anyPort, stateDir, settings });
  }
}

interface Scene {
  readonly context: CliContext;
  readonly lab: Pick<DemoLab, "config">;
  readonly service: RunningDaemon;
  readonly restMs: number;
  readonly signal: AbortSignal;
}

/** All instruments at once, until every run is proven, needs a person, or the time is up. */
async function runLab(scene: Scene, neighbour: Scene): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([scene.signal, broken.signal]);
  const all = [...PLAN.map((one) => [one, scene] as const), [NEIGHBOUR, neighbour] as const];
  const instruments = all.map(async ([instrument, its]) => {
    try {
      await runInstrument(instrument, { ...its, signal });
    } catch (error) {
      broken.abort(error); // the others need not go on
      throw error;
    }
  });
  const ended = await Promise.allSettled(instruments);
  const fault = ended.find((one) => one.status === "rejected")?.reason;
  // Time that is up is no fault here: the table says what is proven and what is not.
  if (fault !== undefined && !isTimeUp(fault)) throw fault;
}

/** What anybody sees who has nothing but the NAS: both computers. */
async function showFleet(
  context: CliContext,
  { lab, signal }: { readonly lab: DemoLab; readonly signal: AbortSignal },
): Promise<void> {
  let standing = await fleetAt(lab);
  // The first heartbeats were before the last runs: the next ones tell of those.
  while (!signal.aborted && !tellsOfAll(standing)) {
    await systemClock.sleep(ASK_AGAIN_MS);
    standing = await fleetAt(lab);
  }
  context.print(`\nlabferry fleet ${lab.nasPath}`);
  for (const { host, equipment, findings } of standing.hosts) {
    context.print(`  ${host} (${equipment.join(", ")}): ${findings[0]!.words}`);
  }
}

async function fleetAt({ nasPath }: DemoLab): Promise<FleetStanding> {
  const now = systemClock.now();
  return fleetStanding(await findHeartbeats([nasPath]), { now, staleMs: STALE_MS });
}

const RUNS = [...PLAN, NEIGHBOUR].reduce((sum, { runs }) => sum + runs.length, 0);

/** Also of those that need a person; a count may be some seconds older than the heartbeat it stands in. */
function tellsOfAll({ hosts }: FleetStanding): boolean {
  const told = hosts.flatMap(({ runs }) => Object.values(runs)).reduce((sum, n) => sum + n, 0);
  return told >= RUNS && !hosts.some((host) => host.trouble === "safe" && isOnTheWay(host));
}

/** Its runs one after the other; each is taken while the next is acquired. */
async function runInstrument(
  { equipmentId, runs }: PlannedInstrument,
  { context, lab, service, restMs, signal }: Scene,
): Promise<void> {
  const equipment = lab.config.equipment.find(({ id }) => id === equipmentId)!;
  const taken: Promise<JobView>[] = [];
  for (const run of runs) {
    const runPath = await acquire({
      equipment,
      run,
      restMs,
      signal,
      onBegin: (path) =>
        context.print(storyLine(equipmentId, `writes ${basename(path)} (${run.project})`)),
    });
    context.print(storyLine(equipmentId, `has finished ${basename(runPath)}`));
    const settled = untilTaken(runPath, { control: service.control, signal }).then((job) => {
      context.print(storyLine(equipmentId, `${basename(runPath)} is complete: labferry takes it`));
      return untilSettled(service.control, job.id, { signal });
    });
    taken.push(settled);
    settled.then(
      (end) => context.print(storyLine(equipmentId, `${basename(runPath)}: ${endWords(end)}`)),
      () => {}, // met by the `all` below, which may come later than the failure
    );
  }
  await Promise.all(taken);
}

/** Nobody enqueues: the service notices by itself. */
async function untilTaken(
  runPath: string,
  { control, signal }: { readonly control: Control; readonly signal: AbortSignal },
): Promise<JobView> {
  while (true) {
    const job = (await control.jobs({})).find(({ run_path }) => run_path === runPath);
    if (job) return job;
    await systemClock.sleep(ASK_AGAIN_MS, signal);
  }
}

function isTimeUp(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

async function outcomeOf(lab: DemoLab, { control }: RunningDaemon): Promise<Outcome> {
  const newestFirst = await control.jobs({});
  const planned = PLAN.reduce((sum, { runs }) => sum + runs.length, 0);
  const verified = newestFirst.length === planned &&
    newestFirst.every(({ state }) => state === "verified");
  return { lab, jobs: newestFirst.toReversed(), verified };
}

function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
