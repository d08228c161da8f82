/** Is a tool on this machine, where, and which version? */
import { delimiter, isAbsolute, join } from "node:path";
import { runTool } from "./run_tool.ts";

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

function whereIs(name: string): string | null {
  const folders = isAbsolute(name) ? [""] : (Deno.env.get("PATH") ?? "").split(delimiter);
  for (const folder of folders) {
    if (folder === "" && !isAbsolute(name)) continue;
    for (const ending of endings(name)) {
      const path = folder === "" ? name + ending : join(folder, name + ending);
      if (isProgram(path)) return path;
    }
  }
  return null;
}

function endings(name: string): string[] {
  if (Deno.build.os !== "windows" || /\.(exe|cmd|bat|com)$/i.test(name)) return [""];
  return (Deno.env.get("PATHEXT") ?? ".EXE;.CMD;.BAT;.COM").split(";");
}

function isProgram(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return info.isFile && (Deno.build.os === "windows" || ((info.mode ?? 0) & 0o111) !== 0);
  } catch (error) {
    // Folders on PATH that are missing, closed to us, or files.
    const expected = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.NotCapable;
    if (!expected) throw error;
    return false;
  }
}

async function versionOf(path: string, name: string): Promise<string | null> {
  const args = VERSION_ARGS[name.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "")] ?? ["--version"];
  const outcome = await runTool({ command: path, args, timeoutMs: VERSION_LIMIT_MS });
  if (outcome.kind !== "exited") return null;
  const said = `${outcome.stdout}\n${outcome.stderrTail}`;
  return /\d+(?:\.\d+)+[0-9a-z]*/.exec(said)?.[0] ?? null;
}
