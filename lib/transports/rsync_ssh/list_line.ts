/** Lines of `rsync --list-only`: `-rw-r--r--   1,234 2026/04/17 14:32:00 name`. */
import { unescapeRsyncName } from "./rsync_names.ts";

export interface ListedEntry {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly sizeBytes: number;
  /** As printed, still escaped; for a link with ` -> ` and its target. */
  readonly printed: string;
}

const LINE = /^([-a-zA-Z])\S{9,10}\s+([\d,.']+)\s+\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (.*)$/;
const KINDS: Readonly<Record<string, ListedEntry["kind"]>> = {
  "-": "file",
  d: "directory",
  l: "link",
};

/** Null for a line that lists nothing. */
export function parseListLine(line: string): ListedEntry | null {
  const [, letter, size, printed] = LINE.exec(line) ?? [];
  if (letter === undefined || size === undefined || printed === undefined) return null;
  // Thousands separators of an rsync that was not told to leave them out.
  const sizeBytes = Number(size.replace(/[,.']/g, ""));
  return { kind: KINDS[letter] ?? "other", sizeBytes, printed };
}

/** The entry's path; where it is no UTF-8, as rsync printed it. */
export function pathOf(entry: ListedEntry): string {
  const printed = entry.kind === "link" ? entry.printed.replace(/ -> .*$/, "") : entry.printed;
  return unescapeRsyncName(printed) ?? printed;
}
