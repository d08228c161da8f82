/** What Linux says of processes in `/proc`. */

/** One line of `/proc/<pid>/stat`, as far as it is needed here. */
export interface ProcStat {
  /** `R`, `S`, `D`, `Z` … */
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** Start time in clock ticks since boot: with the pid it names one process for good. */
  readonly began: string;
}

/** Null when the process is gone, or dead and only not yet buried by its parent. */
export function liveStatOf(pid: number): ProcStat | null {
  const text = readProc(pid, "stat");
  if (text === null) return null;
  // The second field, a name in brackets, may hold anything, brackets and spaces too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "X", parentPid, groupId] = fields;
  if (state === "Z" || state === "X") return null;
  return { state, parentPid: Number(parentPid), groupId: Number(groupId), began: fields[19] ?? "" };
}

/** Clock ticks in `/proc` are hundredths of a second on every Linux. */
const TICK_MS = 10;
/** The kernel keeps so much of a program's name. */
const SHORT_NAME = 15;

/** A running program with what it and its ended children used of the processors; null when it is gone. */
export function programOf(
  pid: number,
): { pid: number; parentPid: number; name: string; cpuMs: number } | null {
  const text = readProc(pid, "stat");
  if (text === null) return null;
  const end = text.lastIndexOf(")");
  const short = text.slice(text.indexOf("(") + 1, end);
  const fields = text.slice(end + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid,
    parentPid: Number(fields[1]),
    name: short.length < SHORT_NAME ? short : longName(pid, short),
    cpuMs: ticks * TICK_MS,
  };
}

/** A name that was cut off, whole: as the program was started. */
function longName(pid: number, short: string): string {
  const command = readProc(pid, "cmdline")?.split("\0", 1)[0] ?? "";
  const name = command.slice(Math.max(command.lastIndexOf("/"), command.lastIndexOf("\\")) + 1);
  return name.startsWith(short) ? name : short;
}

export function allPids(): number[] {
  return procEntries().map(Number).filter(Number.isInteger);
}

function procEntries(): string[] {
  try {
    return [...Deno.readDirSync("/proc")].map((entry) => entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return outputOf("ls", ["-1", "/proc"])?.split("\n") ?? [];
  }
}

/**
 * False in the executable: the runtime lets only a program with all permissions look into `/proc`,
 * and ours has not. Then `cat` and `grep` look for us.
 */
export function mayReadProc(): boolean {
  try {
    Deno.readTextFileSync("/proc/self/stat");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

/** Processes whose environment holds `variable`, found by one `grep`; for where `/proc` is closed. */
export function pidsWithVariable(variable: string): number[] {
  const files = allPids().map((pid) => `/proc/${pid}/environ`);
  // It ends with 1 for none and 2 when some file could not be read: another account's, or a process
  // that has ended.
  const found = outputOf("grep", ["-lsz", "--", `^${variable}=`, ...files], [0, 1, 2]) ?? "";
  return found.split("\n").flatMap((line) => {
    const pid = /^\/proc\/(\d+)\//.exec(line)?.[1];
    return pid ? [Number(pid)] : [];
  });
}

/** A file of a process; null when the process is gone, or another account's. */
export function readProc(pid: number, file: "stat" | "environ" | "cmdline"): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      return outputOf("cat", ["--", `/proc/${pid}/${file}`]);
    }
    const expected = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied ||
      // ESRCH, which the runtime has no class for: it ended between open and read.
      (error instanceof Error && error.message.includes("(os error 3)"));
    if (!expected) throw error;
    return null;
  }
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
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && error.message.includes("(os error 3)"));
}

function outputOf(command: string, args: string[], codes: number[] = [0]): string | null {
  const { code, stdout } = new Deno.Command(command, { args, stdin: "null", stderr: "null" })
    .outputSync();
  return codes.includes(code) ? new TextDecoder().decode(stdout) : null;
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
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return outputOf("cat", ["--", "/proc/self/mountinfo"]);
  }
}
