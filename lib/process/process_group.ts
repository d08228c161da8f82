/**
 * Ending a tool together with everything it started. A tool is started in a session of its own, so
 * that its process id names the whole group. Windows has no such groups: there only the tool itself
 * is ended, at once, and its children may live on.
 */
import process from "node:process";
import { type Clock, systemClock } from "../base/mod.ts";
import { allPids, liveStatOf, mayReadProc } from "./proc_files.ts";

const POLL_MS = 20;
/** A process that waits for a dead disk cannot even be killed; we do not wait for it for ever. */
const AFTER_KILL_MS = 3_000;

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
  if (Deno.build.os === "windows") return await stopAlone(child);
  let gone = false;
  child.status.then(() => gone = true, () => gone = true);
  const isOver = () => gone && !groupLives(child.pid);
  signalGroup(child.pid, "SIGTERM");
  if (await waitUntil(isOver, { limitMs: graceMs, clock })) return { forced: false };
  signalGroup(child.pid, "SIGKILL");
  await waitUntil(isOver, { limitMs: AFTER_KILL_MS, clock });
  return { forced: true };
}

async function stopAlone(child: Deno.ChildProcess): Promise<Stopped> {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It ended by itself a moment ago.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    return { forced: false };
  }
  await child.status;
  return { forced: true };
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
