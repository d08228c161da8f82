/**
 * The service's queue, opened. One that was never filled from the records is, before anything moves: a
 * missing one, a damaged one that was put aside, and one whose filling was killed half-way.
 */
import { type Clock, LabferryError } from "../base/mod.ts";
import { logger } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import { Queue } from "../queue/mod.ts";
import { keepPauses } from "../sync/mod.ts";
import { KnownDestinations } from "../transports/mod.ts";
import { destinationsOf } from "./destinations.ts";
import { isRebuilt, rebuildQueue } from "./rebuild.ts";
import type { StateDir } from "./state_dir.ts";

/**
 * What a newer labferry left is not touched, the small files beside its queue included: an older one
 * would write them without what it does not know. What else is wrong shows when the queue is opened.
 * @throws {LabferryError} `queue_newer`
 */
export function refuseNewer({ queueFile }: Pick<StateDir, "queueFile">): void {
  try {
    Queue.open(queueFile, { readOnly: true })[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code === "queue_newer") throw error;
  }
}

export async function openServiceQueue(
  config: Config,
  stateDir: StateDir,
  { clock, ...answers }: { readonly clock: Clock; readonly answerMs?: number },
): Promise<Queue> {
  const log = logger("daemon");
  const { queue, setAside } = Queue.openOrSetAside(stateDir.queueFile, { clock });
  if (setAside) {
    log.error("the queue was damaged ({fault}); it was set aside as {path}", { ...setAside });
  }
  if (queue.keptAs !== null) {
    log.info("an older labferry's queue was brought up to date; as it was it is kept as {path}", {
      path: queue.keptAs,
    });
  }
  try {
    await keepPauses({ queue, stateDir: stateDir.path });
    if (isRebuilt(queue)) return queue;
    const known = new KnownDestinations(stateDir.path, { clock });
    const rebuilt = await rebuildQueue(queue, {
      destinations: destinationsOf(config, known, clock),
      config,
      stateDir: stateDir.path,
      ...answers,
    });
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
