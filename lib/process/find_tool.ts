/** Is a tool on this machine, where, and which version? */
import { runTool } from "./run_tool.ts";
import { whereIs } from "./where_is.ts";

export interface FoundTool {
  readonly path: string;
  /** `3.2.7`; null when the tool does not say. */
  readonly version: string | null;
}

/** How a tool is asked for its version where `--version` is not it. */
const VERSION_ARGS: Readonly<Record<string, readonly string[]>> = {
  openssl: ["version"],
  rclone: ["version"],
  ssh: ["-V"],
};
const VERSION_LIMIT_MS = 10_000;

/** Looks for `name` (a name on PATH, or an absolute path); null when it is not there. */
export async function findTool(name: string): Promise<FoundTool | null> {
  const path = whereIs(name);
  return path === null ? null : { path, version: await versionOf(path, name) };
}

async function versionOf(path: string, name: string): Promise<string | null> {
  const args = VERSION_ARGS[name.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "")] ?? ["--version"];
  const outcome = await runTool({ command: path, args, timeoutMs: VERSION_LIMIT_MS });
  if (outcome.kind !== "exited") return null;
  const said = `${outcome.stdout}\n${outcome.stderrTail}`;
  return /\d+(?:\.\d+)+[0-9a-z]*/.exec(said)?.[0] ?? null;
}
