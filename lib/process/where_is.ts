/** Where a program lies. */
import { basename, delimiter, isAbsolute, join } from "node:path";

/** `name` on PATH, or an absolute path, if a program is there. */
export function whereIs(name: string): string | null {
  // `./rsync` means the one in the working folder, and no other.
  if (!isAbsolute(name) && basename(name) !== name) return null;
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

export function isProgram(path: string): boolean {
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
