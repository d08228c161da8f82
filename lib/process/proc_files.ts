/** What Linux says of processes in `/proc`. */

/** A line of `/proc/<pid>/stat`: of all that `/proc` says the part that answers at any time. */
export interface ProcStat {
  readonly pid: number;
  /** At most 15 bytes of a program's name; threads of the kernel have longer ones. */
  readonly name: string;
  /** `R`, `S`, `D`, `Z` … */
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** Processor time that it and its ended children have used, in clock ticks. */
  readonly ticks: number;
  /** Start time in clock ticks since boot: with the pid it names one process for good. */
  readonly began: string;
}

/** Null when the process is gone, or dead and only not yet buried by its parent. */
export function liveStatOf(pid: number): ProcStat | null {
  const stat = parseStats(readStat(pid) ?? "")[0];
  return stat && isAlive(stat) ? stat : null;
}

/** The name, in brackets, may hold anything: brackets, spaces and line ends too. */
const STAT = /^(\d+) \(([^]{0,64}?)\) ([A-Za-z]) ((?:-?\d+ ){18,}-?\d+)$/gm;

export function parseStats(text: string): ProcStat[] {
  return [...text.matchAll(STAT)].map(([, pid, name, state, rest]) => {
    const fields = rest!.split(" ");
    const ticks = fields.slice(10, 14).reduce((sum, field) => sum + Number(field), 0);
    return {
      pid: Number(pid),
      name: name!,
      state: state!,
      parentPid: Number(fields[0]),
      groupId: Number(fields[1]),
      ticks,
      began: fields[18]!,
    };
  });
}

function isAlive({ state }: ProcStat): boolean {
  return state !== "Z" && state !== "X";
}

export function allPids(): number[] {
  return procEntries().map(Number).filter(Number.isInteger);
}

function procEntries(): string[] {
  try {
    return [...Deno.readDirSync("/proc")].map((entry) => entry.name);
  } catch (error) {
    if (!isProcClosed(error)) throw error;
    return outputOf("ls", ["-1", "/proc"])?.split("\n") ?? [];
  }
}

/**
 * False in the executable: the runtime lets only a program with all permissions look into `/proc`,
 * and ours has not. Then `cat`, `ls` and `grep` look for us.
 */
export function mayReadProc(): boolean {
  try {
    Deno.readTextFileSync("/proc/self/stat");
    return true;
  } catch (error) {
    if (isProcClosed(error)) return false;
    throw error;
  }
}

/** Null when the process is gone. It answers whatever the process waits for; its memory does not. */
export function readStat(pid: number): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (isProcClosed(error)) return outputOf("cat", ["--", `/proc/${pid}/stat`]);
    if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/** The runtime opens `/proc` to a program with all permissions only. */
export function isProcClosed(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable;
}

/** A descriptor of a process and what it leads to. */
export interface ProcFd {
  readonly fd: string;
  readonly path: string;
}

/**
 * The files a process has open; none when it is gone, null when it is another account's and may not
 * be looked into. Sockets, pipes and what was deleted are left out.
 */
export function fdsOf(pid: number): ProcFd[] | null {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name: fd }) => {
      const path = unlessGone(() => Deno.readLinkSync(`/proc/${pid}/fd/${fd}`));
      return path?.startsWith("/") && !path.endsWith(" (deleted)") ? [{ fd, path }] : [];
    });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return null;
    if (!isGone(error)) throw error;
    return [];
  }
}

/** The flags of open(2) with which a descriptor was opened; null when it is gone. */
export function openFlagsOf(pid: number, fd: string): number | null {
  const text = unlessGone(() => Deno.readTextFileSync(`/proc/${pid}/fdinfo/${fd}`));
  const octal = text === null ? null : /^flags:\s*([0-7]+)/m.exec(text)?.[1];
  return octal ? parseInt(octal, 8) : null;
}

function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (!isGone(error) && !(error instanceof Deno.errors.PermissionDenied)) throw error;
    return null;
  }
}

/** It ended between two looks: ENOENT, or ESRCH, which the runtime has no class for. */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && error.message.includes("(os error 3)"));
}

function outputOf(command: string, args: string[]): string | null {
  const { code, stdout } = new Deno.Command(command, { args, stdin: "null", stderr: "null" })
    .outputSync();
  return code === 0 ? new TextDecoder().decode(stdout) : null;
}

/**
 * The table of what is mounted, as `/proc/self/mountinfo` has it; null where there is none. The
 * executable may not open it and asks `cat`, which sees the same mounts.
 */
export function readMountInfo(): string | null {
  try {
    return Deno.readTextFileSync("/proc/self/mountinfo");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!isProcClosed(error)) throw error;
    return outputOf("cat", ["--", "/proc/self/mountinfo"]);
  }
}
