/** `unsupported_file_type`: what would not arrive as what it is. */
import type { Hit } from "../finding.ts";

/** What an entry is when it is neither a file nor a folder. */
export type SpecialKind =
  | "symlink"
  | "fifo"
  | "socket"
  | "block device"
  | "character device"
  | "special file";

export interface FileTypeSettings {
  readonly symlinks: "block" | "skip";
}

export function unsupportedFileType(
  entry: { readonly name: string; readonly kind: SpecialKind },
  settings: FileTypeSettings,
): Hit {
  const skipped = entry.kind === "symlink" && settings.symlinks === "skip";
  return {
    rule: "unsupported_file_type",
    tier: skipped ? "soft" : "hard",
    token: entry.name,
    detail: skipped
      ? "a symlink: it stays here, as the settings say, and is never deleted"
      : `a ${entry.kind}: it would not arrive on the NAS`,
  };
}
