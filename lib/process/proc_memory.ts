/**
 * What a process keeps in its own memory: its environment and its command line.
 *
 * To read them the kernel takes the lock on that memory, and a program that waits for a share inside
 * mmap(2) holds it for as long as the share hangs: `ps` hangs then, and whoever looks so at every
 * process of the computer. So each look is made off the main thread and has a limit; a process that
 * did not answer is not asked again, because the look at it never ends either.
 */
import { allPids, isGone, liveStatOf, mayReadProc } from "./proc_files.ts";
import { runTool } from "./run_tool.ts";
import type { ToolOutcome } from "./tool_run.ts";

/** A look takes a tenth of a millisecond; on a computer that is very busy it may have to wait. */
const LIMIT_MS = 2_000;
/** Looks at a time; each that does not end keeps a thread of the runtime. */
const AT_A_TIME = 8;
/** Of `grep`: it is asked again for halves of what it did not end with. */
const MOST_GREPS = 24;

const SILENT = Symbol("silent");

/** Those that did not answer, by pid; with its beginning it is the same process for good. */
const silentOnes = new Map<number, { readonly began: string; readonly atMs: number }>();
const ASKED_AGAIN_MS = 10 * 60_000;

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
  if (mayReadProc()) return await readDirectly(variable);
  const { values, silent } = await readWithGrep({
    file: "environ",
    args: ["--", `^${variable}=`],
    pids: allPids(),
  });
  return {
    values: new Map([...values].map(([pid, entry]) => [pid, entry.slice(variable.length + 1)])),
    silent,
  };
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

/** What each of these was started as; those that are gone, or do not say, are left out. */
export async function commandsOf(pids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (!mayReadProc()) return (await readWithGrep({ ...COMMANDS, pids })).values;
  const commands = new Map<number, string>();
  for (let at = 0; at < pids.length; at += AT_A_TIME) {
    await Promise.all(
      pids.slice(at, at + AT_A_TIME).map(async (pid) => {
        const text = await memoryOf(pid, "cmdline");
        if (typeof text === "string") commands.set(pid, text.split("\0", 1)[0]!);
      }),
    );
  }
  return commands;
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

/** False for another process that has its number by now, and after a while, when it is asked again. */
function wasSilent(pid: number): boolean {
  const before = silentOnes.get(pid);
  if (before === undefined) return false;
  const isSame = liveStatOf(pid)?.began === before.began;
  if (isSame && performance.now() - before.atMs < ASKED_AGAIN_MS) return true;
  silentOnes.delete(pid);
  return false;
}

function keepSilent(pid: number): void {
  const stat = liveStatOf(pid);
  if (stat) silentOnes.set(pid, { began: stat.began, atMs: performance.now() });
}

interface GrepJob {
  readonly file: "environ" | "cmdline";
  /** What is looked for, as `grep` is told. */
  readonly args: readonly string[];
  readonly pids: readonly number[];
}

/** The first of its arguments. */
const COMMANDS = { file: "cmdline", args: ["-m1", "--", ""] } as const;

/** For the executable, to which the runtime closes `/proc`: one `grep` reads them all. */
async function readWithGrep(job: GrepJob): Promise<VariableSeen> {
  const values = new Map<number, string>();
  const silent = job.pids.filter(wasSilent);
  const parts = [job.pids.filter((pid) => !silent.includes(pid))];
  for (let asked = 0; parts.length > 0; asked++) {
    const part = parts.pop()!;
    if (part.length === 0) continue;
    if (asked >= MOST_GREPS) {
      silent.push(...part);
      continue;
    }
    const outcome = await grep({ ...job, pids: part });
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
      silent.push(part[0]!);
    }
  }
  return { values, silent };
}

/** It ends with 1 for none and 2 when a file could not be read: another account's, or one that ended. */
function grep({ file, args, pids }: GrepJob): Promise<ToolOutcome> {
  return runTool({
    command: "grep",
    args: ["-Hsz", ...args, ...pids.map((pid) => `/proc/${pid}/${file}`)],
    env: { LC_ALL: "C" },
    timeoutMs: LIMIT_MS,
    graceMs: LIMIT_MS,
  });
}

/** `/proc/4711/environ:NAME=value`, each ended by NUL. */
export function parseGrep(text: string): [pid: number, value: string][] {
  return text.split("\0").flatMap((line): [number, string][] => {
    const [, pid, value] = /^\/proc\/(\d+)\/(?:environ|cmdline):(.*)$/s.exec(line) ?? [];
    return pid === undefined ? [] : [[Number(pid), value!]];
  });
}
