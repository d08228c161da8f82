/** Every process of this computer, by its line in `/proc`, which answers whatever a process waits for. */
import { allPids, mayReadProc, parseStats, type ProcStat, readStat } from "./proc_files.ts";
import { runTool } from "./run_tool.ts";

const LIMIT_MS = 5_000;

/** Of all processes, the dead ones that wait for their burial too; a sentence where it cannot be told. */
export async function allStats(signal?: AbortSignal): Promise<readonly ProcStat[] | string> {
  const pids = allPids();
  if (mayReadProc()) return parseStats(pids.map((pid) => readStat(pid) ?? "").join(""));
  const outcome = await runTool({
    command: "cat",
    args: ["--", ...pids.map((pid) => `/proc/${pid}/stat`)],
    timeoutMs: LIMIT_MS,
    ...(signal ? { signal } : {}),
  });
  // It ends with 1 for a process that ended before it was read.
  if (outcome.kind !== "exited") return `cat did not list the programs (${outcome.kind})`;
  return parseStats(outcome.stdout);
}
