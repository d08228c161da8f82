/**
 * Files whose place somebody else can write to: a link there would lead our writes elsewhere, and
 * opening a FIFO would block for ever.
 */
import { diskError } from "./disk_failure.ts";
import { isSameFile } from "./file_identity.ts";
import { lstatOrNullSync } from "./presence.ts";
import type { SmallCalls } from "./small_calls.ts";

/**
 * Sees that `path` is a regular file or nothing at all, before it is opened.
 *
 * @throws LabferryError `link_refused`, `not_a_file`
 */
export function refuseUnlessPlain(path: string): void {
  refuseSpecial(path, lstatOrNullSync(path));
}

/** As `refuseUnlessPlain`, by these calls. */
export async function refuseUnlessPlainBy(
  path: string,
  { lstatOrNull }: Pick<SmallCalls, "lstatOrNull">,
): Promise<void> {
  refuseSpecial(path, await lstatOrNull(path));
}

function refuseSpecial(path: string, info: Deno.FileInfo | null): void {
  if (info && !info.isFile) throw notPlain(path, info);
}

/** False when the name stands for another file by now: it was unlinked, replaced, or is a link. */
export function isStillNamed(path: string, file: Deno.FsFile): boolean {
  const held = file.statSync();
  if (held.nlink === 0) return false;
  const named = lstatOrNullSync(path);
  return named !== null && isSameFile(held, named);
}

function notPlain(path: string, info: Deno.FileInfo): unknown {
  return diskError(
    info.isSymlink ? "link_refused" : "not_a_file",
    `${path} is not a plain file`,
    {
      path,
      why: info.isSymlink ? "it is a link, and links are never followed" : "it is something else",
      hint: "Move it away; labferry makes a plain file there.",
    },
  );
}
