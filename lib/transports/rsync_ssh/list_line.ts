/** Lines of `rsync --list-only`: `-rw-r--r--   1,234 2026/04/17 14:32:00 name`. */
import { unescapeRsyncName } from "./rsync_names.ts";

export interface ListedEntry {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly sizeBytes: number;
  /** Whole seconds, UTC as rsync was told (`rsync_run.ts`); null for what is no time. */
  readonly mtimeMs: number | null;
  /** As printed, still escaped. */
  readonly printed: string;
}

const LINE = /^([-a-zA-Z])\S{9,10}\s+([\d,.']+)\s+(-?\d{4,}\/\d\d\/\d\d \d\d:\d\d:\d\d) (.*)$/;
const KINDS: Readonly<Record<string, ListedEntry["kind"]>> = {
  "-": "file",
  d: "directory",
  l: "link",
};

/** Null for a line that lists nothing. */
export function parseListLine(line: string): ListedEntry | null {
  const [, letter, size, time, printed] = LINE.exec(line) ?? [];
  if (letter === undefined || size === undefined || printed === undefined) return null;
  // Thousands separators of an rsync that was not told to leave them out.
  const sizeBytes = Number(size.replace(/[,.']/g, ""));
  return { kind: KINDS[letter] ?? "other", sizeBytes, mtimeMs: utcMs(time!), printed };
}

/** The entry's path; where it is no UTF-8, as rsync printed it. Without `--links` no target follows. */
export function pathOf({ printed }: ListedEntry): string {
  return unescapeRsyncName(printed) ?? printed;
}

function utcMs(time: string): number | null {
  const [year, month, day, hour, minute, second] = time.split(/[/ :]/).map(Number);
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return Number.isFinite(ms) ? ms : null;
}
