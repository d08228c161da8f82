/**
 * Ending a tool together with everything it started. A tool is started in a session of its own, so
 * that its process id names the whole group. Windows has no such groups, and no polite signal that a
 * tool without a window hears: there `taskkill` ends the tool and what it started, at once.
 */
import process from "node:process";
import { type Clock, systemClock } from "../base/mod.ts";
import { allPids, liveStatOf, mayReadProc } from "./proc_files.ts";

const POLL_MS = 20;
/** A process that waits for a dead disk cannot even be killed; we do not wait for it for ever. */
const AFTER_KILL_MS = 3_000;
const TASKKILL_MS = 10_000;

export interface Stopped {
  /** Something did not heed the polite signal. */
  readonly forced: boolean;
}

/**
 * Asks the group of `child` to end, and kills what is left of it after `graceMs`. Returns when all
 * are gone, or some seconds after the kill at the latest.
 */
export async function stopGroup(
  child: Deno.ChildProcess,
  options: { graceMs: number; clock?: Clock },
): Promise<Stopped> {
  const { graceMs, clock = systemClock } = options;
  if (Deno.build.os === "windows") return await stopTree(child);
  let gone = false;
  child.status.then(() => gone = true, () => gone = true);
  const isOver = () => gone && !groupLives(child.pid);
  signalChild(child, "SIGTERM");
  if (await waitUntil(isOver, { limitMs: graceMs, clock })) return { forced: false };
  signalChild(child, "SIGKILL");
  await waitUntil(isOver, { limitMs: AFTER_KILL_MS, clock });
  return { forced: true };
}

async function stopTree(child: Deno.ChildProcess): Promise<Stopped> {
  let gone = false;
  const status = child.status.then(() => gone = true, () => gone = true);
  // While we hold the child its number names nobody else.
  await endTree(child.pid);
  try {
    // Where `taskkill` could not, the tool itself ends at least.
    if (!gone) child.kill("SIGKILL");
  } catch (error) {
    // It ended by itself a moment ago.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    return { forced: false };
  }
  await within(status, AFTER_KILL_MS);
  return { forced: true };
}

/** On Windows: ends a process and all that it started; false when that could not be done or told. */
export async function endTree(pid: number): Promise<boolean> {
  let killer: Deno.ChildProcess;
  try {
    killer = new Deno.Command("taskkill", {
      args: ["/T", "/F", "/PID", String(pid)],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const ended = await within(killer.status, TASKKILL_MS);
  if (ended === null) killer.kill("SIGKILL");
  return ended?.success ?? false;
}

/** Null when `work` takes longer. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const bell = setTimeout(() => late.resolve(null), limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(bell);
  }
}

/**
 * In a container without an init, orphans that ended stay as zombies: on Linux those do not count,
 * else every cancellation would wait for them in vain and call itself forced.
 */
function groupLives(groupId: number): boolean {
  if (!signalGroup(groupId, 0)) return false;
  if (Deno.build.os !== "linux" || !mayReadProc()) return true;
  return allPids().some((pid) => liveStatOf(pid)?.groupId === groupId);
}

/** In the first moment a tool that was started by `setsid` has no group of its own yet. */
function signalChild(child: Deno.ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (signalGroup(child.pid, signal)) return;
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended, and so has all that it started.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** False when the group has no process any more. Signal 0 only asks. */
function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ESRCH") return false;
    // macOS answers EPERM for a group that holds nothing but zombies.
    if ((error as { code?: unknown }).code === "EPERM") return signal !== 0;
    throw error;
  }
}

async function waitUntil(
  isOver: () => boolean,
  { limitMs, clock }: { readonly limitMs: number; readonly clock: Clock },
): Promise<boolean> {
  const startedMs = clock.monotonicMs();
  while (!isOver()) {
    if (clock.monotonicMs() - startedMs >= limitMs) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}
