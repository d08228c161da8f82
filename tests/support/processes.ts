/** Programs that carry a token of ours in their environment, as Linux tells it. */
import { processesWith } from "../../lib/process/proc_memory.ts";

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

/**
 * Every living process whose `LABFERRY_JOB` begins with `prefix`. One that waits for a share that hangs
 * says nothing: it is none of a test's, and holds none up.
 */
export async function withToken(prefix: string): Promise<FoundProcess[]> {
  const found: FoundProcess[] = [];
  for (const [pid, token] of (await processesWith("LABFERRY_JOB")).values) {
    if (!token.startsWith(prefix)) continue;
    // It has just answered.
    found.push({ pid, command: (procFile(`${pid}`, "cmdline") ?? "").replaceAll("\0", " ") });
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
