/**
 * Letting a life's process work until it waits for time. Nothing in a life waits for the real world, so
 * that a turn of the event loop without any activity is the end of it.
 */
import { setImmediate } from "node:timers";
import { processNow, type SimProcess } from "./process.ts";
import type { SimTime } from "./sim_clock.ts";

const QUIET_TURNS = 2;
const MOST_TURNS = 20_000;

export async function settle(time: SimTime): Promise<void> {
  let quiet = 0;
  for (let turn = 0; quiet < QUIET_TURNS; turn++) {
    if (turn > MOST_TURNS) throw new Error("the process does not come to rest");
    const before = time.activity;
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = time.activity === before ? quiet + 1 : 0;
  }
}

const CLEARED = new Error("the timer was cleared");

let timers = 1;
const waiting = new Map<number, { readonly stop: AbortController; readonly of: SimProcess }>();

/** The runtime's own timers go by the life's time too, where a process of a life asks for one. */
export function installTimers(): void {
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
  const simulated = (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const process = processNow();
    if (process === null) return realSet(act, ms, ...args);
    const id = -timers++;
    const stop = new AbortController();
    waiting.set(id, { stop, of: process });
    process.clock.sleep(ms, stop.signal).then(() => {
      waiting.delete(id);
      act(...args);
    }, () => {});
    return id;
  };
  const cleared = (id?: number) => {
    const timer = waiting.get(id ?? 0);
    if (!timer) return realClear(id);
    waiting.delete(id!);
    timer.stop.abort(CLEARED);
  };
  catchUnhandled();
  Object.assign(globalThis, { setTimeout: simulated, clearTimeout: cleared });
}

let hears: (error: unknown) => void = () => {};

/** Hears of errors that nobody caught: the dead process's own do not matter, others end the service. */
export function onUnhandled(next: (error: unknown) => void): void {
  hears = next;
}

function catchUnhandled(): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    hears(event.reason);
  });
}

export function forgetTimers(process: SimProcess): void {
  for (const [id, { of }] of waiting) if (of === process) waiting.delete(id);
}
