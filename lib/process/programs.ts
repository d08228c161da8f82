/**
 * Which programs run on this computer, and how much of its processors goes into them: what transfers
 * yield to. Linux says it in `/proc`, which `cat` reads for the executable; macOS by `ps` (Linux's own
 * hangs where one program waits in a share that hangs); on Windows `tasklist` names the programs, and
 * only what this very process uses is known as ours.
 */
import { cpus } from "node:os";
import process from "node:process";
import { allStats } from "./all_stats.ts";
import { commandsOf } from "./proc_memory.ts";
import { runTool } from "./run_tool.ts";
import { succeeded } from "./tool_run.ts";

export interface ProgramsSeen {
  /** Names without their folder; null when the system did not say. */
  readonly names: readonly string[] | null;
  /** Why `names` is null. */
  readonly unknown: string | null;
  /** Processor time that this process and what it started have used, in ms; null when not known. */
  readonly ownCpuMs: number | null;
}

/** Processor time since the computer started, summed over its processors, in ms. */
export interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
}

export interface Program {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Its own and that of its ended children. */
  readonly cpuMs: number;
}

/** A system that does not answer says nothing of its programs. */
const LIMIT_MS = 5_000;

export async function programsNow(signal?: AbortSignal): Promise<ProgramsSeen> {
  if (Deno.build.os === "windows") return await fromTasklist(signal);
  const programs = Deno.build.os === "linux" ? await fromProc(signal) : await fromPs(signal);
  if (typeof programs === "string") return { names: null, unknown: programs, ownCpuMs: null };
  return {
    names: programs.map(({ name }) => name),
    unknown: null,
    ownCpuMs: sumOfTree(programs, Deno.pid),
  };
}

/** Clock ticks in `/proc` are hundredths of a second on every Linux. */
const TICK_MS = 10;
/** The kernel keeps so much of a program's name. */
const SHORT_NAME_BYTES = 15;

async function fromProc(signal: AbortSignal | undefined): Promise<Program[] | string> {
  const stats = await allStats(signal);
  if (typeof stats === "string") return stats;
  const programs = stats.map(({ pid, parentPid, name, ticks }) => ({
    pid,
    parentPid,
    name,
    cpuMs: ticks * TICK_MS,
  }));
  const cut = programs.filter((program) => mayBeCut(program) && !isKernels(program));
  const commands = await commandsOf(cut.map(({ pid }) => pid));
  return programs.map((program) => {
    const command = commands.get(program.pid);
    return command === undefined ? program : { ...program, name: longName(program.name, command) };
  });
}

function mayBeCut({ name }: Program): boolean {
  return new TextEncoder().encode(name).length >= SHORT_NAME_BYTES;
}

/** Threads of the kernel were never started as anything. */
function isKernels({ pid, parentPid }: Program): boolean {
  return pid === 2 || parentPid === 2;
}

/** A name that was cut off, whole: as the program was started. One that does not say keeps its short one. */
function longName(short: string, command: string): string {
  const name = command.slice(Math.max(command.lastIndexOf("/"), command.lastIndexOf("\\")) + 1);
  return name.startsWith(short) ? name : short;
}

/** Null where the system does not count it. */
export function cpuTimesNow(): CpuTimes | null {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    busyMs += busy;
    totalMs += busy + times.idle;
  }
  return totalMs > 0 ? { busyMs, totalMs } : null;
}

/** What a process and all its descendants have used. */
export function sumOfTree(programs: readonly Program[], root: number): number {
  const children = Map.groupBy(programs, ({ parentPid }) => parentPid);
  const seen = new Set<number>();
  let sumMs = programs.find(({ pid }) => pid === root)?.cpuMs ?? 0;
  for (let next = [root]; next.length > 0;) {
    const found = next.flatMap((pid) => children.get(pid) ?? []).filter(({ pid }) =>
      pid !== root && !seen.has(pid)
    );
    for (const { pid, cpuMs } of found) {
      seen.add(pid);
      sumMs += cpuMs;
    }
    next = found.map(({ pid }) => pid);
  }
  return sumMs;
}

/** As a sentence when `ps` could not be asked. */
async function fromPs(signal: AbortSignal | undefined): Promise<Program[] | string> {
  const outcome = await runTool({
    command: "ps",
    args: ["-A", "-o", "pid=,ppid=,time=,comm="],
    env: { LC_ALL: "C" },
    timeoutMs: LIMIT_MS,
    ...(signal ? { signal } : {}),
  });
  if (!succeeded(outcome)) return `ps did not list the programs (${outcome.kind})`;
  return parsePs(outcome.stdout);
}

export function parsePs(text: string): Program[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parentPid, time, command] =
      /^\s*(\d+)\s+(\d+)\s+(\d[\d:.-]*)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{
      pid: Number(pid),
      parentPid: Number(parentPid),
      name: command.slice(command.lastIndexOf("/") + 1),
      cpuMs: parsePsTime(time!),
    }];
  });
}

/** `[[dd-]hh:]mm:ss[.cc]` in milliseconds. */
function parsePsTime(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  const seconds = clock!.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}

async function fromTasklist(signal: AbortSignal | undefined): Promise<ProgramsSeen> {
  const { user, system } = process.cpuUsage();
  const ownCpuMs = (user + system) / 1000;
  const outcome = await runTool({
    command: "tasklist",
    args: ["/fo", "csv", "/nh"],
    timeoutMs: LIMIT_MS,
    ...(signal ? { signal } : {}),
  });
  if (!succeeded(outcome)) {
    const unknown = `tasklist did not list the programs (${outcome.kind})`;
    return { names: null, unknown, ownCpuMs };
  }
  return { names: parseTasklist(outcome.stdout), unknown: null, ownCpuMs };
}

/** `"ZEN.exe","4711","Console","1","812,344 K"` a line. */
export function parseTasklist(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const name = /^"((?:[^"]|"")*)",/.exec(line)?.[1];
    return name === undefined ? [] : [name.replaceAll('""', '"')];
  });
}
