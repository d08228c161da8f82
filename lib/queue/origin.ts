/**
 * What an instrument states of the files it wrote, beside what was read of them here. Nothing of it is
 * proof of the far copy: it says whether the bytes here are the ones that were meant.
 */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import type { OriginAlgorithm, OriginCounts, OtherAlgorithm, OtherHashes } from "./types.ts";

export interface StatedHash {
  /** Below the run, with `/`. */
  readonly path: string;
  readonly algorithm: OriginAlgorithm;
  /** Lower-case hex. */
  readonly hash: string;
  /** Stated as well, in bytes; null: not. */
  readonly sizeBytes: number | null;
}

export interface OriginDifference {
  readonly path: string;
  readonly saidBy: string;
  readonly algorithm: OriginAlgorithm;
  readonly stated: string;
}

const ONE = `CASE
  WHEN o.size_bytes IS NOT NULL AND o.size_bytes <> f.size_bytes THEN 'differs'
  WHEN o.algorithm = 'sha256' THEN iif(f.sha256 IS NULL, NULL, iif(f.sha256 = o.stated, 'matched', 'differs'))
  WHEN o.found_of IS NULL OR o.found_of IS NOT f.sha256 THEN NULL
  WHEN o.found = o.stated THEN 'matched' ELSE 'differs' END`;
const JOINED = "origin_hashes o JOIN files f ON f.job = o.job AND f.path = o.path";
/** What was read of it is not of the bytes that are there now, or nothing was. */
const UNREAD = `o.algorithm <> 'sha256' AND (o.found_of IS NULL OR o.found_of IS NOT f.sha256)`;

export class OriginHashes {
  readonly #connection: Connection;
  readonly #job: number;

  constructor(connection: Connection, jobId: string) {
    this.#connection = connection;
    this.#job = jobNumber(connection, jobId);
  }

  /** Takes a batch of what one file states; of files that the list has not nothing is taken. */
  state(
    { saidBy, generation }: { readonly saidBy: string; readonly generation: number },
    batch: readonly StatedHash[],
  ): void {
    this.#connection.transaction(() => {
      for (const { path, algorithm, hash, sizeBytes } of batch) {
        this.#connection.run(
          `INSERT INTO origin_hashes (job, path, said_by, generation, algorithm, stated, size_bytes)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM files
              WHERE job = ?1 AND path = ?2)
          ON CONFLICT DO UPDATE SET generation = excluded.generation, stated = excluded.stated,
            size_bytes = excluded.size_bytes,
            found = iif(algorithm = excluded.algorithm, found, NULL),
            found_of = iif(algorithm = excluded.algorithm, found_of, NULL),
            algorithm = excluded.algorithm`,
          [this.#job, path, saidBy, generation, algorithm, hash, sizeBytes],
        );
      }
    }, { flush: false });
  }

  /** All of this generation has been read: what an earlier one stated is stated no more. */
  endOf(generation: number): void {
    this.#connection.run("DELETE FROM origin_hashes WHERE job = ? AND generation <> ?", [
      this.#job,
      generation,
    ]);
  }

  get isEmpty(): boolean {
    return this.#connection.get("SELECT 1 FROM origin_hashes WHERE job = ? LIMIT 1", [
      this.#job,
    ]) ===
      undefined;
  }

  /** What else is to be computed while this file is read. */
  others(path: string): readonly OtherAlgorithm[] {
    return this.#connection.all<{ algorithm: OtherAlgorithm }>(
      `SELECT DISTINCT o.algorithm FROM ${JOINED} WHERE o.job = ? AND o.path = ? AND ${UNREAD}`,
      [this.#job, path],
    ).map(({ algorithm }) => algorithm);
  }

  /** What was read together with the SHA-256. */
  setFound(batch: readonly { path: string; sha256: string; others?: OtherHashes }[]): void {
    this.#connection.transaction(() => {
      for (const { path, sha256, others = {} } of batch) {
        for (const [algorithm, hash] of Object.entries(others)) {
          this.#connection.run(
            `UPDATE origin_hashes SET found = ?, found_of = ?
            WHERE job = ? AND path = ? AND algorithm = ?`,
            [hash, sha256, this.#job, path, algorithm],
          );
        }
      }
    }, { flush: false });
  }

  /** Files here of which nothing was read that could be compared; by path, a page at a time. */
  async *unread(): AsyncGenerator<{ readonly path: string; readonly sizeBytes: number }> {
    let after = "";
    while (true) {
      const rows = this.#connection.all<{ path: string; sizeBytes: number }>(
        `SELECT DISTINCT o.path, f.size_bytes AS sizeBytes FROM ${JOINED}
        WHERE o.job = ? AND o.path > ? AND f.local_missing = 0 AND ${UNREAD} ORDER BY o.path LIMIT 500`,
        [this.#job, after],
      );
      yield* rows;
      if (rows.length === 0) return;
      after = rows.at(-1)!.path;
      await turn();
    }
  }

  /** Null where nothing is stated. */
  counts(): OriginCounts | null {
    if (this.isEmpty) return null;
    const rows = this.#connection.all<{ result: string | null; files: number }>(
      `SELECT result, count(*) AS files FROM (
        SELECT o.path, max(CASE ${ONE} WHEN 'differs' THEN 2 WHEN 'matched' THEN 1 ELSE 0 END) AS n,
          CASE max(CASE ${ONE} WHEN 'differs' THEN 2 WHEN 'matched' THEN 1 ELSE 0 END)
            WHEN 2 THEN 'differs' WHEN 1 THEN 'matched' END AS result
        FROM ${JOINED} WHERE o.job = ? GROUP BY o.path) GROUP BY result`,
      [this.#job],
    );
    const of = (result: string) => rows.find((row) => row.result === result)?.files ?? 0;
    const { files } = this.#connection.get<{ files: number }>(
      "SELECT files FROM jobs WHERE n = ?",
      [this.#job],
    )!;
    const [matched, differs] = [of("matched"), of("differs")];
    return { matched, differs, not_stated: files - matched - differs };
  }

  /** Files of which other bytes are stated than are here. */
  differing(limit: number): OriginDifference[] {
    return this.#connection.all<OriginDifference>(
      `SELECT o.path, o.said_by AS saidBy, o.algorithm, o.stated FROM ${JOINED}
      WHERE o.job = ? AND ${ONE} = 'differs' ORDER BY o.path, o.said_by LIMIT +?`,
      [this.#job, limit],
    );
  }
}
