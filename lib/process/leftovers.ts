/**
 * Tools that outlived a killed labferry. rclone and rsync run on after their parent's SIGKILL, and
 * would be a second writer beside the one that resumes.
 *
 * Linux reads `/proc/<pid>/environ`, macOS asks `ps`; each sees the processes of the same account
 * (root sees all). On Windows another process's environment cannot be read without native code:
 * nothing is found there, and the locks on runs are what keeps two writers apart.
 */
import process from "node:process";
import { type Clock, systemClock } from "../base/mod.ts";
import { JOB_VARIABLE, tokenBegins } from "./job_token.ts";
import { allPids, liveStatOf, mayReadProc, pidsWithVariable, readProc } from "./proc_files.ts";
import { runTool } from "./run_tool.ts";
import { succeeded } from "./tool_run.ts";

const GRACE_MS = 3_000;
const AFTER_KILL_MS = 3_000;
const POLL_MS = 20;
const MAX_ROUNDS = 5;

/** A process and when it began: a process id alone may name another one a moment later. */
interface Leftover {
  readonly pid: number;
  readonly began: string;
}

/**
 * Ends every process whose token is `tokenPrefix` or begins with its parts, first politely, then
 * not. Never this process or one it descends from. Returns how many it ended.
 */
export async function endLeftovers(
  tokenPrefix: string,
  options: { readonly graceMs?: number; readonly clock?: Clock } = {},
): Promise<number> {
  const { graceMs = GRACE_MS, clock = systemClock } = options;
  if (tokenPrefix === "") throw new RangeError("an empty token would match every process of ours");
  let ended = 0;
  // Again until none is found: one of them may start another while it is being ended.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await findLeftovers(tokenPrefix);
    if (found.length === 0) break;
    signalAll(found, "SIGTERM");
    let left = await waitForEnd(found, { limitMs: graceMs, clock });
    signalAll(left, "SIGKILL");
    left = await waitForEnd(left, { limitMs: AFTER_KILL_MS, clock });
    ended += found.length - left.length;
  }
  return ended;
}

async function findLeftovers(tokenPrefix: string): Promise<Leftover[]> {
  if (Deno.build.os === "linux") return findInProc(tokenPrefix);
  if (Deno.build.os === "darwin") return await findWithPs(tokenPrefix);
  return [];
}

function findInProc(tokenPrefix: string): Leftover[] {
  const spared = lineage();
  const pids = mayReadProc() ? allPids() : pidsWithVariable(JOB_VARIABLE);
  return pids.filter((pid) => !spared.has(pid)).flatMap((pid) => {
    const token = tokenOf(pid);
    const stat = token !== null && tokenBegins(token, tokenPrefix) ? liveStatOf(pid) : null;
    return stat ? [{ pid, began: stat.began }] : [];
  });
}

/** This process and everything above it. */
function lineage(): Set<number> {
  const pids = new Set<number>();
  for (let pid = Deno.pid; pid > 1 && !pids.has(pid);) {
    pids.add(pid);
    pid = liveStatOf(pid)?.parentPid ?? 0;
  }
  return pids;
}

function tokenOf(pid: number): string | null {
  const environment = readProc(pid, "environ");
  const entry = environment?.split("\0").find((it) => it.startsWith(`${JOB_VARIABLE}=`));
  return entry ? entry.slice(JOB_VARIABLE.length + 1) : null;
}

async function findWithPs(tokenPrefix: string): Promise<Leftover[]> {
  const outcome = await runTool({
    command: "ps",
    args: ["-Axwwo", "pid=,lstart=,command=", "-E"],
    env: { LC_ALL: "C" },
  });
  if (!succeeded(outcome)) return [];
  return outcome.stdout.split("\n").flatMap((line) => {
    const row = /^\s*(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s/.exec(line);
    const token = new RegExp(`\\s${JOB_VARIABLE}=(\\S+)`).exec(line)?.[1];
    if (!row || !token || !tokenBegins(token, tokenPrefix)) return [];
    const pid = Number(row[1]);
    return pid === Deno.pid || pid === Deno.ppid ? [] : [{ pid, began: row[2]! }];
  });
}

function signalAll(leftovers: readonly Leftover[], signal: "SIGTERM" | "SIGKILL"): void {
  for (const leftover of leftovers.filter(isAlive)) {
    try {
      process.kill(leftover.pid, signal);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ESRCH") throw error;
    }
  }
}

async function waitForEnd(
  leftovers: readonly Leftover[],
  { limitMs, clock }: { readonly limitMs: number; readonly clock: Clock },
): Promise<Leftover[]> {
  const startedMs = clock.monotonicMs();
  let left = leftovers.filter(isAlive);
  while (left.length > 0 && clock.monotonicMs() - startedMs < limitMs) {
    await clock.sleep(POLL_MS);
    left = left.filter(isAlive);
  }
  return left;
}

function isAlive(leftover: Leftover): boolean {
  if (Deno.build.os === "linux") return liveStatOf(leftover.pid)?.began === leftover.began;
  try {
    process.kill(leftover.pid, 0);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ESRCH") return false;
    throw error;
  }
}
