/** How staging (`s`) and the sealed list (`f`) differ, as SQL that queries and updates share. */
import type { Connection } from "./connection.ts";
import { FILE_COLUMNS } from "./file_row.ts";

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

export const JOINED = "files f JOIN seal_files s ON s.job = f.job AND s.path = f.path";

/** A file that comes back is compared like a changed one: its stat alone proves nothing. */
export const DIFFERS = `(f.local_missing = 1 OR f.size_bytes <> s.size_bytes
  OR f.mtime_ms <> s.mtime_ms OR f.ctime_s <> s.ctime_s OR f.file_id <> s.file_id)`;

/** False in, and only in, the case that both hashes are known and equal. */
export const UNSETTLED = "(s.sha256 IS NULL OR s.sha256 IS NOT f.sha256)";

export const NOT_SEEN = `f.local_missing = 0 AND NOT EXISTS
  (SELECT 1 FROM seal_files s WHERE s.job = f.job AND s.path = f.path)`;

export const PROVEN = "(f.sha256 IS NOT NULL AND f.proven_sha256 IS f.sha256)";

/** The list's columns under names of their own, beside those of staging. */
export const KNOWN_COLUMNS = FILE_COLUMNS.map((column) => `f.${column} AS known_${column}`).join(
  ", ",
);

export function changesOf(connection: Connection, job: number): SealChanges {
  const { seen, seenBytes } = connection.get<{ seen: number; seenBytes: number }>(
    `SELECT count(*) AS seen, ifnull(sum(size_bytes), 0) AS seenBytes FROM seal_files
    WHERE job = ?`,
    [job],
  )!;
  const met = connection.get<{ known: number; differ: number; altered: number }>(
    `SELECT count(*) AS known, ifnull(sum(${DIFFERS}), 0) AS differ,
      ifnull(sum(${DIFFERS} AND ${UNSETTLED}), 0) AS altered
    FROM ${JOINED} WHERE f.job = ?`,
    [job],
  )!;
  const gone = connection.get<{ proven: number; unproven: number }>(
    `SELECT ifnull(sum(${PROVEN}), 0) AS proven, ifnull(sum(NOT ${PROVEN}), 0) AS unproven
    FROM files f WHERE f.job = ? AND ${NOT_SEEN}`,
    [job],
  )!;
  const added = seen - met.known;
  return {
    seen,
    seenBytes,
    added,
    statDiffers: met.differ,
    altered: met.altered,
    goneProven: gone.proven,
    goneUnproven: gone.unproven,
    needsGeneration: added + met.altered + gone.unproven > 0,
  };
}
