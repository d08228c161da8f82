/** Programs that carry a token of ours in their environment, as Linux tells it. */

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Signals a child that may have ended by itself in this very moment, which is no fault. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Every living process whose `LABFERRY_JOB` begins with `prefix`. */
export function withToken(prefix: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const environ = procFile(name, "environ");
    if (!environ?.split("\0").some((entry) => entry.startsWith(`LABFERRY_JOB=${prefix}`))) continue;
    found.push({
      pid: Number(name),
      command: (procFile(name, "cmdline") ?? "").replaceAll("\0", " "),
    });
  }
  return found;
}

/** Null when that process has ended. */
export function procFile(pid: string, name: string): string | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch (error) {
    // A process that ends while we look: NotFound, or ESRCH, which Deno calls a plain Error.
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof Error && /os error (3|13)\b/.test(error.message)) return null;
    throw error;
  }
}
