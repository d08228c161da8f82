/** A row of `files` and the `FileState` it stands for. */
import type { FileState, HashedFile } from "./types.ts";

interface StatColumns {
  readonly size_bytes: number;
  readonly mtime_ms: number;
  readonly ctime_s: number;
  readonly file_id: string;
}

export interface FileRow extends StatColumns {
  readonly path: string;
  readonly generation: number;
  readonly sha256: string | null;
  readonly sent: number;
  readonly far_sha256: string | null;
  readonly far_pass: number | null;
  readonly result: FileState["result"];
  readonly proven_sha256: string | null;
  readonly local_missing: number;
  readonly ours: number;
}

/** Every column of `FileRow`, which the compiler compares. */
const COLUMNS: Readonly<Record<keyof FileRow, true>> = {
  path: true,
  size_bytes: true,
  mtime_ms: true,
  ctime_s: true,
  file_id: true,
  generation: true,
  sha256: true,
  sent: true,
  far_sha256: true,
  far_pass: true,
  result: true,
  proven_sha256: true,
  local_missing: true,
  ours: true,
};

export const FILE_COLUMNS: readonly string[] = Object.keys(COLUMNS);

export function toFile(row: FileRow): FileState {
  return {
    path: row.path,
    sizeBytes: row.size_bytes,
    mtimeMs: row.mtime_ms,
    ctimeS: row.ctime_s,
    fileId: row.file_id,
    generation: row.generation,
    sha256: row.sha256,
    sent: row.sent === 1,
    farSha256: row.far_sha256,
    farPass: row.far_pass,
    result: row.result,
    provenSha256: row.proven_sha256,
    localMissing: row.local_missing === 1,
    ours: row.ours === 1,
  };
}

/** True unless the hash came with a stat, and the row has another. A row on a share knows no id. */
export function isThatFile(row: StatColumns, { stat }: HashedFile): boolean {
  return stat === undefined || (row.size_bytes === stat.sizeBytes &&
    row.mtime_ms === stat.mtimeMs && row.ctime_s === stat.ctimeS &&
    (row.file_id === "" || row.file_id === stat.fileId));
}
