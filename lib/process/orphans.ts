/**
 * What a killed labferry left running on Windows, where no program can read another's environment: each
 * process still names the one that started it, also after that one's end. So a tool of ours is a leftover
 * when the service that wrote `server.json` started it, and that service lives no more.
 *
 * Numbers of processes are used again, and what a person works with must never be ended for ours:
 * nothing from before this start of the computer is looked for, and only tools that we start are ended.
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

/** A process that ended, and an instant at which it had begun. */
export interface Ended {
  readonly pid: number;
  readonly beganMs: number;
}

/** What we start that goes on for more than a moment. Hooks are people's own programs, and stay. */
const TOOLS = new Set(["rclone.exe", "rsync.exe", "ssh.exe"]);

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
export async function endOrphansOf(
  parent: Ended,
  { nowMs, upMs }: { readonly nowMs: number; readonly upMs: number },
): Promise<OrphansEnded> {
  // Whatever it started ended with the computer.
  if (parent.beganMs < nowMs - upMs) return { ended: 0, unknown: null };
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
 * Tools that `parent` itself started, not a later process that has its number by now: they began after the
 * one and before the other.
 */
export function orphansOf(parent: Ended, listed: readonly ListedProcess[]): ListedProcess[] {
  const namesake = listed.find(({ pid }) => pid === parent.pid);
  return listed.filter(({ parentPid, beganMs, name }) =>
    parentPid === parent.pid && beganMs >= parent.beganMs && TOOLS.has(name.toLowerCase()) &&
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
