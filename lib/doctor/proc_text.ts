/**
 * A file of `/proc`. The runtime opens them to a program with all rights only, which labferry is not on
 * Linux: `cat` may, and what it says of itself (limits, the user's own counts) it has from us.
 */
import { runTool, succeeded } from "../process/mod.ts";

const LIMIT_MS = 5_000;

/** Null where there is no such file: an old kernel, a container that hides it, no `cat`. */
export async function procText(path: string, signal: AbortSignal): Promise<string | null> {
  const outcome = await runTool({ command: "cat", args: [path], timeoutMs: LIMIT_MS, signal });
  return succeeded(outcome) ? outcome.stdout : null;
}
