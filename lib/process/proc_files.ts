/** What Linux tells about processes in `/proc`. */

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

export function allPids(): number[] {
  return [...Deno.readDirSync("/proc")].map((entry) => Number(entry.name)).filter(Number.isInteger);
}

/** A file of a process; null when the process is gone, or another account's. */
export function readProc(pid: number, file: "stat" | "environ"): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    const expected = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
      // ESRCH, which the runtime has no class for: it ended between open and read.
      (error instanceof Error && error.message.includes("(os error 3)"));
    if (!expected) throw error;
    return null;
  }
}
