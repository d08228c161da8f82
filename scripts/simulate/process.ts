/**
 * Whose code runs. Several services may live in one life, at the same time; whatever one of them does,
 * at once or after any wait, is done by its process, and by nobody where no process runs.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Fate } from "./fate.ts";
import type { SimClock } from "./sim_clock.ts";

/** A labferry as it is installed: it outlives its processes. */
export interface Station {
  /** As the story calls it. */
  readonly name: string;
  /** Time in which a process of it lived, in all. */
  aliveMs: number;
}

export interface SimProcess {
  readonly station: Station;
  readonly clock: SimClock;
  readonly fate: Fate;
  /** Its number among all processes of the life. */
  readonly epoch: number;
  /** Whether the disk its queue is on has no room. */
  readonly isQueueFull: () => boolean;
}

const running = new AsyncLocalStorage<SimProcess>();

export function inProcess<T>(process: SimProcess, act: () => T): T {
  return running.run(process, act);
}

/** Null: the life itself. */
export function processNow(): SimProcess | null {
  return running.getStore() ?? null;
}
