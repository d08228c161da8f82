/** The tables in which a walk leaves what differs from the sealed list, until it is decided. */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import type { FileRow } from "./file_row.ts";
import { type PathTable, stretchAfter } from "./paged.ts";
import type { SeenFile } from "./types.ts";

export type StagedRow = Pick<
  FileRow,
  "path" | "size_bytes" | "mtime_ms" | "ctime_s" | "file_id"
>;

/** One job's part of the staging. */
export interface StagingPlace {
  readonly connection: Connection;
  /** The job's row. */
  readonly number: number;
  readonly generation: number;
  /** False for a run that was never sealed: its files go into the list itself. */
  readonly isSealed: boolean;
}

export function stageFiles(
  { connection, number, generation, isSealed }: StagingPlace,
  files: readonly SeenFile[],
): void {
  const columns = "job, path, size_bytes, mtime_ms, ctime_s, file_id";
  const [sql, more] = isSealed
    ? [`INSERT INTO seal_files (${columns}) VALUES (?, ?, ?, ?, ?, ?)`, []]
    : [`INSERT INTO files (${columns}, generation) VALUES (?, ?, ?, ?, ?, ?, ?)`, [generation]];
  for (const { path, sizeBytes, mtimeMs, ctimeS, fileId } of files) {
    connection.run(sql, [number, path, sizeBytes, mtimeMs, ctimeS, fileId, ...more]);
  }
}

/** `gone` since the last walk; `lost` were gone before, and are not as sealed over there. */
export function stageGone(
  { connection, number }: Pick<StagingPlace, "connection" | "number">,
  { gone, lost }: { readonly gone: readonly FileRow[]; readonly lost: readonly FileRow[] },
): void {
  const sql = "INSERT INTO seal_gone (job, path, was_missing) VALUES (?, ?, ?)";
  for (const { path } of gone) connection.run(sql, [number, path, 0]);
  for (const { path } of lost) connection.run(sql, [number, path, 1]);
}

export function toSeen(row: StagedRow): SeenFile {
  return {
    path: row.path,
    sizeBytes: row.size_bytes,
    mtimeMs: row.mtime_ms,
    ctimeS: row.ctime_s,
    fileId: row.file_id,
  };
}

/** What walks left behind that nothing was decided of. */
export async function clearStaging(
  connection: Connection,
  { job, isSealed }: { readonly job: number; readonly isSealed: boolean },
): Promise<void> {
  const tables: PathTable[] = ["seal_files", "seal_gone", "seal_dirs"];
  for (const table of isSealed ? tables : [...tables, "files" as const]) {
    while (true) {
      const { upTo } = stretchAfter(connection, { table, job, after: "" });
      if (upTo === null) break;
      connection.runUnflushed(`DELETE FROM ${table} WHERE job = ? AND path <= ?`, [job, upTo]);
      await turn();
    }
  }
}

/** Walks of a process that is gone end; what was decided stays to be finished. */
export function forgetSealRounds(connection: Connection): void {
  connection.run("DELETE FROM seal_rounds WHERE decided IS NULL");
}
