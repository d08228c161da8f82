/** How what a walk saw differs from the sealed list, counted as it comes; and the same as SQL. */
import { FILE_COLUMNS, type FileRow } from "./file_row.ts";
import type { SeenFile } from "./types.ts";

export interface SealChanges {
  readonly seen: number;
  readonly seenBytes: number;
  readonly added: number;
  /** Known files with another stat, settled or not. */
  readonly statDiffers: number;
  /** Those of them that are not settled: their bytes are, or may be, new. */
  readonly altered: number;
  /** Gone since the last walk, and proven as they were sealed: they keep their proof. */
  readonly goneProven: number;
  /** Gone, and the sealed bytes were never proven, even if older ones under that name were. */
  readonly goneUnproven: number;
  /** True when only a new generation can hold what was seen. */
  readonly needsGeneration: boolean;
}

/** A file that comes back is compared like a changed one: its stat alone proves nothing. */
export function differs(known: FileRow, seen: SeenFile): boolean {
  return known.local_missing === 1 || known.size_bytes !== seen.sizeBytes ||
    known.mtime_ms !== seen.mtimeMs || known.ctime_s !== seen.ctimeS ||
    known.file_id !== seen.fileId;
}

/** Of one that is gone here: the last pass did not find the sealed bytes over there either. */
export function isLost({ result }: FileRow): boolean {
  return result === "missing" || result === "mismatched";
}

/** Staging (`s`) holds only files that differ, or are new. */
export const JOINED = "seal_files s JOIN files f ON f.job = s.job AND f.path = s.path";

/** False in, and only in, the case that both hashes are known and equal. */
export const UNSETTLED = "(s.sha256 IS NULL OR s.sha256 IS NOT f.sha256)";

export const PROVEN = "(f.sha256 IS NOT NULL AND f.proven_sha256 IS f.sha256)";

/** The list's columns under names of their own, beside those of staging. */
export const KNOWN_COLUMNS = FILE_COLUMNS.map((column) => `f.${column} AS known_${column}`).join(
  ", ",
);

/** Files and their bytes. */
class Sum {
  files = 0;
  bytes = 0;

  add(sizeBytes: number): void {
    this.files++;
    this.bytes += sizeBytes;
  }
}

/** What one walk has met so far. Counting at the end would look at every row once more. */
export class SealTally {
  readonly seen = new Sum();
  /** Of the list, not seen, and staying in it. */
  readonly kept = new Sum();
  /** Of those: not here, and by the last pass not, or another, over there. */
  readonly lostBefore = new Sum();
  added = 0;
  statDiffers = 0;
  settled = 0;
  goneProven = 0;
  goneUnproven = 0;

  meetGone(known: FileRow): void {
    const isProven = known.sha256 !== null && known.proven_sha256 === known.sha256;
    if (isProven) this.goneProven++;
    else this.goneUnproven++;
    if (known.proven_sha256 !== null) this.kept.add(known.size_bytes);
  }

  meetMissing(known: FileRow): void {
    this.kept.add(known.size_bytes);
    if (isLost(known)) this.lostBefore.add(known.size_bytes);
  }

  /** The list as it will be. */
  totals({ forgetLost }: { readonly forgetLost: boolean }): { files: number; bytes: number } {
    const { seen, kept, lostBefore } = this;
    return {
      files: seen.files + kept.files - (forgetLost ? lostBefore.files : 0),
      bytes: seen.bytes + kept.bytes - (forgetLost ? lostBefore.bytes : 0),
    };
  }

  get changes(): SealChanges {
    const { seen, added, statDiffers, goneProven, goneUnproven } = this;
    const altered = statDiffers - this.settled;
    return {
      seen: seen.files,
      seenBytes: seen.bytes,
      added,
      statDiffers,
      altered,
      goneProven,
      goneUnproven,
      needsGeneration: added + altered + goneUnproven > 0,
    };
  }
}
