/**
 * What a killed labferry left running on Windows, where no program can read another's environment: each
 * process still names the one that started it, also after that one's end. So a process is a leftover
 * when the service that wrote `server.json` started it, and that service lives no more.
 */
import { endTree } from "./process_group.ts";
import { runTool } from "./run_tool.ts";
import { succeeded } from "./tool_run.ts";

/** A process as Windows lists it; times in milliseconds since 1970. */
export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly beganMs: number;
}

/** A process that ended, and when it began at the latest. */
export interface Ended {
  readonly pid: number;
  readonly beganMs: number;
}

export interface OrphansEnded {
  readonly ended: number;
  /** Why it cannot be told whether there are more, as a sentence. */
  readonly unknown: string | null;
}

/** PowerShell needs a second to start, on an old PC several. */
const LIST_LIMIT_MS = 60_000;
const LIST =
  "Get-CimInstance Win32_Process | ForEach-Object { '{0} {1} {2} {3}' -f $_.ProcessId, " +
  "$_.ParentProcessId, ([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds(), $_.Name }";

/** Ends what `parent`, which is dead, had started, with all that those started. */
export async function endOrphansOf(parent: Ended): Promise<OrphansEnded> {
  const outcome = await runTool({
    command: "powershell",
    args: ["-NoProfile", "-NonInteractive", "-Command", LIST],
    timeoutMs: LIST_LIMIT_MS,
  });
  const listed = succeeded(outcome) ? parseProcesses(outcome.stdout) : [];
  if (listed.length === 0) {
    return { ended: 0, unknown: `PowerShell did not list the programs (${outcome.kind})` };
  }
  const left: string[] = [];
  const orphans = orphansOf(parent, listed);
  for (const { pid, name } of orphans) {
    if (!await endTree(pid)) left.push(`${name} (${pid})`);
  }
  return {
    ended: orphans.length - left.length,
    unknown: left.length > 0 ? `${left.join(", ")} could not be ended` : null,
  };
}

/**
 * Children of `parent` itself, not of a later process that has its number by now: they began after the
 * one and before the other.
 */
export function orphansOf(parent: Ended, listed: readonly ListedProcess[]): ListedProcess[] {
  const namesake = listed.find(({ pid }) => pid === parent.pid);
  return listed.filter(({ parentPid, beganMs }) =>
    parentPid === parent.pid && beganMs >= parent.beganMs &&
    (namesake === undefined || beganMs < namesake.beganMs)
  );
}

/** `4711 42 1764184200123 rclone.exe` a line. */
export function parseProcesses(text: string): ListedProcess[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, pid, parentPid, beganMs, name] = /^(\d+) (\d+) (\d+) (.+)$/.exec(line.trim()) ?? [];
    if (name === undefined) return [];
    return [{
      pid: Number(pid),
      parentPid: Number(parentPid),
      beganMs: Number(beganMs),
      name,
    }];
  });
}
