/**
 * How a command reaches labferry: through the daemon's API while one holds the state directory,
 * otherwise on the queue itself. A command never has the database open beside a daemon.
 */
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { type Control, type GateControl, LocalControl } from "../control/mod.ts";
import { type Job, Queue } from "../queue/mod.ts";
import { CLEARED_BY_ITSELF, StagingArea } from "../staging/mod.ts";
import type { ProgressListener } from "../sync/mod.ts";
import type { HttpControl } from "../web/mod.ts";
import { isHeld, readServerInfo, readToken, type StateDir } from "./state_dir.ts";
import { workbench } from "./workbench.ts";

export interface OpenedControl extends Disposable {
  readonly control: Control & GateControl;
  /** Set when a daemon answers. */
  readonly daemon: HttpControl | null;
  /** There is no database: nothing was ever enqueued, or it was lost and the service rebuilds it. */
  readonly isQueueMissing: boolean;
}

export interface ControlOptions {
  readonly clock?: Clock;
  readonly onProgress?: ProgressListener;
  /** Only questions will be asked: nothing is made, and an account that may not write may ask. */
  readonly reading?: boolean;
}

/** A daemon that is just starting has the lock before it has written where it listens. */
const STARTING_MS = 10_000;

export async function openControl(
  config: Config,
  stateDir: StateDir,
  options: ControlOptions = {},
): Promise<OpenedControl> {
  if (isHeld(stateDir)) {
    const daemon = await daemonControl(stateDir, options.clock ?? systemClock);
    return { control: daemon, daemon, isQueueMissing: false, [Symbol.dispose]() {} };
  }
  const clock = options.clock ?? systemClock;
  const queue = options.reading
    ? Queue.openToRead(stateDir.queueFile, { clock })
    : Queue.open(stateDir.queueFile, { clock });
  const { onProgress = () => {} } = options;
  const bench = workbench(config, stateDir, { queue, clock, onProgress });
  const area = await StagingArea.of(config);
  const held = (job: Job) => area?.holds(job) ? CLEARED_BY_ITSELF : null;
  return {
    control: new LocalControl({
      config,
      ...bench,
      area,
      held,
      watch: null,
      cwd: Deno.cwd(),
      daemon: () => null,
    }),
    daemon: null,
    isQueueMissing: queue.isMissing,
    [Symbol.dispose]: () => bench[Symbol.dispose](),
  };
}

/** @throws LabferryError `daemon_silent` */
export async function daemonControl(
  stateDir: StateDir,
  clock: Clock = systemClock,
): Promise<HttpControl> {
  const untilMs = clock.monotonicMs() + STARTING_MS;
  while (true) {
    const server = await readServerInfo(stateDir);
    if (server && await answers(server.url)) {
      // With it come the page and its server, which only a daemon's caller needs.
      const { HttpControl } = await import("../web/mod.ts");
      return new HttpControl(server.url, () => readToken(stateDir));
    }
    if (clock.monotonicMs() > untilMs || !isHeld(stateDir)) break;
    await clock.sleep(100);
  }
  throw new LabferryError(
    "daemon_silent",
    "A labferry daemon holds the state directory but does not answer",
    {
      path: stateDir.path,
      hint: "see app.log there; restart the service if it hangs",
    },
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}
