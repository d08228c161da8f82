/**
 * Tools that outlived a killed labferry. rclone and rsync run on after their parent's SIGKILL, and
 * would be a second writer beside the one that resumes.
 *
 * Linux reads `/proc/<pid>/environ`, macOS asks `ps`; each sees the processes of the same account
 * (root sees all). On Windows another process's environment cannot be read without native code: what a
 * killed service left is found by who started it (`orphans.ts`), and what a killed `ship` left is not;
 * the locks on runs keep two writers apart. A process that waits
 * for a share that hangs may not say what it is; it is told of, and not waited for.
 */
import process from "node:process";
import { type Clock, systemClock } from "../base/mod.ts";
import { JOB_VARIABLE, tokenBegins } from "./job_token.ts";
import { liveStatOf } from "./proc_files.ts";
import { processesWith } from "./proc_memory.ts";
import { runTool } from "./run_tool.ts";
import { succeeded } from "./tool_run.ts";

const GRACE_MS = 3_000;
const AFTER_KILL_MS = 3_000;
const POLL_MS = 20;
const MAX_ROUNDS = 5;
const PS_LIMIT_MS = 5_000;
const MOST_NAMED = 5;

/** A process and when it began: a process id alone may name another one a moment later. */
interface Leftover {
  readonly pid: number;
  readonly began: string;
}

export interface LeftoversEnded {
  readonly ended: number;
  /** What could not be looked at, as a sentence; null when every process said whose it is. */
  readonly unknown: string | null;
}

/**
 * Ends every process whose token is `tokenPrefix` or begins with its parts, first politely, then
 * not. Never this process or one it descends from.
 */
export async function endLeftovers(
  tokenPrefix: string,
  options: { readonly graceMs?: number; readonly clock?: Clock } = {},
): Promise<LeftoversEnded> {
  const { graceMs = GRACE_MS, clock = systemClock } = options;
  if (tokenPrefix === "") throw new RangeError("an empty token would match every process of ours");
  let ended = 0;
  let unknown: string | null = null;
  // Again until none is found: one of them may start another while it is being ended.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = await findLeftovers(tokenPrefix);
    const { found } = seen;
    unknown = seen.unknown;
    if (found.length === 0) break;
    signalAll(found, "SIGTERM");
    let left = await waitForEnd(found, { limitMs: graceMs, clock });
    signalAll(left, "SIGKILL");
    left = await waitForEnd(left, { limitMs: AFTER_KILL_MS, clock });
    ended += found.length - left.length;
  }
  return { ended, unknown };
}

interface Seen {
  readonly found: readonly Leftover[];
  readonly unknown: string | null;
}

async function findLeftovers(tokenPrefix: string): Promise<Seen> {
  if (Deno.build.os === "linux") return await findInProc(tokenPrefix);
  if (Deno.build.os === "darwin") return await findWithPs(tokenPrefix);
  return { found: [], unknown: null };
}

async function findInProc(tokenPrefix: string): Promise<Seen> {
  const spared = lineage();
  const { values, silent } = await processesWith(JOB_VARIABLE);
  const found = [...values].flatMap(([pid, token]) => {
    const isOurs = !spared.has(pid) && tokenBegins(token, tokenPrefix);
    const stat = isOurs ? liveStatOf(pid) : null;
    return stat ? [{ pid, began: stat.began }] : [];
  });
  return { found, unknown: silentWords(silent.filter((pid) => !spared.has(pid))) };
}

function silentWords(pids: readonly number[]): string | null {
  const programs = pids.flatMap((pid) => liveStatOf(pid) ?? []);
  if (programs.length === 0) return null;
  const named = programs.slice(0, MOST_NAMED).map(({ pid, name }) => `${name} (${pid})`).join(", ");
  const more = programs.length > MOST_NAMED ? ` and ${programs.length - MOST_NAMED} more` : "";
  return `${named}${more} did not say whether an earlier labferry started it, as a program does that waits ` +
    "for a share that does not answer";
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

async function findWithPs(tokenPrefix: string): Promise<Seen> {
  const outcome = await runTool({
    command: "ps",
    args: ["-Axwwo", "pid=,lstart=,command=", "-E"],
    env: { LC_ALL: "C" },
    timeoutMs: PS_LIMIT_MS,
  });
  if (!succeeded(outcome)) {
    return { found: [], unknown: `ps did not list the programs (${outcome.kind})` };
  }
  return { found: parsePs(outcome.stdout, tokenPrefix), unknown: null };
}

function parsePs(text: string, tokenPrefix: string): Leftover[] {
  return text.split("\n").flatMap((line) => {
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
