/**
 * What a process keeps in its own memory: its environment and its command line.
 *
 * To read them the kernel takes the lock on that memory, and a program that waits for a share inside
 * mmap(2) holds it for as long as the share hangs: `ps` hangs then, and whoever looks so at every
 * process of the computer. So each look is made off the main thread and has a limit; a process that
 * did not answer is not asked again, because the look at it never ends either.
 */
import { allPids, isGone, liveStatOf, mayReadProc, type ProcStat } from "./proc_files.ts";
import { runTool } from "./run_tool.ts";
import { succeeded, type ToolOutcome } from "./tool_run.ts";

/** A look takes a tenth of a millisecond; on a computer that is very busy it may have to wait. */
const LIMIT_MS = 2_000;
/** Looks at a time; each that does not end keeps a thread of the runtime. */
const AT_A_TIME = 8;
/** Of `grep`: it is asked again for halves of what it did not end with. */
const MOST_GREPS = 24;

const SILENT = Symbol("silent");

/** pid and beginning of those that did not answer: with both it is the same process for good. */
const silentOnes = new Map<number, string>();

export interface VariableSeen {
  /** By process id. */
  readonly values: ReadonlyMap<number, string>;
  /** Processes that did not say within the limit. */
  readonly silent: readonly number[];
}

/**
 * Who has `variable` in its environment. Another account's processes do not say and are left out;
 * root sees all.
 */
export async function processesWith(variable: string): Promise<VariableSeen> {
  return mayReadProc() ? await readDirectly(variable) : await readWithGrep(variable, allPids());
}

async function readDirectly(variable: string): Promise<VariableSeen> {
  const values = new Map<number, string>();
  const silent: number[] = [];
  const pids = allPids();
  for (let at = 0; at < pids.length; at += AT_A_TIME) {
    await Promise.all(
      pids.slice(at, at + AT_A_TIME).map(async (pid) => {
        const text = await memoryOf(pid, "environ");
        if (text === SILENT) return void silent.push(pid);
        const entry = text?.split("\0").find((it) => it.startsWith(`${variable}=`));
        if (entry) values.set(pid, entry.slice(variable.length + 1));
      }),
    );
  }
  return { values, silent };
}

/** As the process was started, its program first; null when it is gone, or does not say. */
export async function commandLineOf(pid: number, signal?: AbortSignal): Promise<string[] | null> {
  const text = mayReadProc() ? await memoryOf(pid, "cmdline") : await catCommandLine(pid, signal);
  return text === null || text === SILENT ? null : text.split("\0");
}

async function catCommandLine(pid: number, signal?: AbortSignal): Promise<string | null> {
  const outcome = await runTool({
    command: "cat",
    args: ["--", `/proc/${pid}/cmdline`],
    timeoutMs: LIMIT_MS,
    graceMs: LIMIT_MS,
    ...(signal ? { signal } : {}),
  });
  return succeeded(outcome) ? outcome.stdout : null;
}

/** Null when the process is gone, or another account's. */
async function memoryOf(
  pid: number,
  file: "environ" | "cmdline",
): Promise<string | null | typeof SILENT> {
  if (wasSilent(pid)) return SILENT;
  const { promise: late, resolve } = Promise.withResolvers<typeof SILENT>();
  const bell = setTimeout(() => resolve(SILENT), LIMIT_MS);
  const look = Deno.readTextFile(`/proc/${pid}/${file}`);
  try {
    const text = await Promise.race([look, late]);
    if (text === SILENT) {
      keepSilent(pid);
      const speaksAgain = () => void silentOnes.delete(pid);
      look.then(speaksAgain, speaksAgain);
    }
    return text;
  } catch (error) {
    if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  } finally {
    clearTimeout(bell);
  }
}

/** False for another process that has its number by now. */
function wasSilent(pid: number): boolean {
  const began = silentOnes.get(pid);
  if (began === undefined) return false;
  if (liveStatOf(pid)?.began === began) return true;
  silentOnes.delete(pid);
  return false;
}

function keepSilent(pid: number): void {
  const stat = liveStatOf(pid);
  if (stat) silentOnes.set(pid, stat.began);
}

/** For the executable, to which the runtime closes `/proc`: one `grep` reads them all. */
async function readWithGrep(variable: string, pids: readonly number[]): Promise<VariableSeen> {
  const values = new Map<number, string>();
  const silent: number[] = [];
  const parts = [pids.filter((pid) => !wasSilent(pid))];
  for (let asked = 0; parts.length > 0; asked++) {
    const part = parts.pop()!;
    if (part.length === 0) continue;
    if (asked >= MOST_GREPS) {
      silent.push(...part);
      continue;
    }
    const outcome = await grepFor(variable, part);
    if (outcome.kind === "exited") {
      for (const [pid, value] of parseGrep(outcome.stdout)) values.set(pid, value);
    } else if (outcome.kind !== "timed_out") {
      // No grep here: nothing can be said of any of them.
      silent.push(...part);
    } else if (part.length > 1) {
      const half = part.length >> 1;
      parts.push(part.slice(0, half), part.slice(half));
    } else {
      keepSilent(part[0]!);
    }
  }
  silent.push(...silentOnes.keys());
  return { values, silent };
}

/** It ends with 1 for none and 2 when a file could not be read: another account's, or one that ended. */
function grepFor(variable: string, pids: readonly number[]): Promise<ToolOutcome> {
  const files = pids.map((pid) => `/proc/${pid}/environ`);
  return runTool({
    command: "grep",
    args: ["-Hsz", "--", `^${variable}=`, ...files],
    env: { LC_ALL: "C" },
    timeoutMs: LIMIT_MS,
    graceMs: LIMIT_MS,
  });
}

/** `/proc/4711/environ:NAME=value`, each ended by NUL. */
export function parseGrep(text: string): [pid: number, value: string][] {
  return text.split("\0").flatMap((line): [number, string][] => {
    const [, pid, value] = /^\/proc\/(\d+)\/environ:[^=]+=(.*)$/s.exec(line) ?? [];
    return pid === undefined ? [] : [[Number(pid), value!]];
  });
}
