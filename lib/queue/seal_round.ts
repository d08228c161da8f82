/**
 * One walk over a run, compared with what is sealed as it comes: both are in the byte order of their
 * paths. What differs goes to staging tables; nothing of the sealed list changes until `commit` or
 * `unchanged`. Those decide in one small transaction, which moves the job; what is staged is then
 * taken into the list slice by slice (`seal_apply.ts`). A crash before that leaves the old generation
 * whole, one after it the new: the next round, without which nothing is done with a run, finishes
 * first.
 *
 * The files of a run that was never sealed go into its list at once. It is none until the job says
 * that it is sealed; the next walk begins it anew.
 */
import { compareUtf8, LabferryError, randomId, turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { jobById, jobNumber } from "./job_lookup.ts";
import { finishMarking } from "./marking.ts";
import { PAGE_ROWS, pagedByPath } from "./paged.ts";
import { finishSeal } from "./seal_apply.ts";
import { decideSeal, decideUnchanged, type SealOptions, type TakeSeal } from "./seal_decide.ts";
import {
  differs,
  isLost,
  JOINED,
  KNOWN_COLUMNS,
  SealTally,
  UNSETTLED,
} from "./seal_differences.ts";
import type { SealChanges } from "./seal_differences.ts";
import { clearStaging, type StagedRow, stageFiles, stageGone, toSeen } from "./seal_staging.ts";
import { type FileRow, isThatFile, toFile } from "./file_row.ts";
import { lostFiles } from "./lost_files.ts";
import type { FileState, HashedFile, Job, MissingFiles, SeenFile } from "./types.ts";

/** A file that is known but does not look as it was sealed; its bytes may still be the same. */
export interface StatDifference {
  readonly seen: SeenFile;
  readonly known: FileState;
}

export class SealRound implements Disposable {
  /** The job as it was when the round began. */
  readonly job: Job;
  readonly #connection: Connection;
  readonly #number: number;
  readonly #token: string;
  readonly #tally = new SealTally();
  /** The last path that was seen. */
  #after = "";
  #isWhole = false;
  /** Empty directories that are not stored yet. */
  #emptyDirs: string[] = [];

  private constructor(
    connection: Connection,
    { job, token }: { readonly job: Job; readonly token: string },
  ) {
    this.#connection = connection;
    this.#number = jobNumber(connection, job.id);
    this.#token = token;
    this.job = job;
  }

  /** Starts a walk; one of the same job that was under way is overtaken and can no longer commit. */
  static async begin(connection: Connection, jobId: string): Promise<SealRound> {
    const number = jobNumber(connection, jobId);
    await finishMarking(connection, number);
    await finishSeal(connection, number);
    const token = randomId();
    connection.runUnflushed(
      `INSERT INTO seal_rounds (job, token) VALUES (?, ?)
      ON CONFLICT (job) DO UPDATE SET token = excluded.token WHERE decided IS NULL`,
      [number, token],
    );
    const job = jobById(connection, jobId)!;
    await clearStaging(connection, { job: number, isSealed: job.sealedAt !== null });
    return new SealRound(connection, { job, token });
  }

  /**
   * Takes a batch of the walk, whose paths are in byte order, as all of its batches are. A folder
   * that is written to may list a name twice: the second is left out.
   */
  async see(walked: readonly SeenFile[]): Promise<void> {
    const batch = this.#inOrder(walked);
    const last = batch.at(-1);
    if (!last) return;
    for (const { sizeBytes } of batch) this.#tally.seen.add(sizeBytes);
    const unknown = new Map(batch.map((file) => [file.path, file]));
    const other: SeenFile[] = [];
    for await (const page of this.#known({ upTo: last.path })) {
      const gone = page.filter((row) => {
        const file = unknown.get(row.path);
        if (!file) return true;
        unknown.delete(row.path);
        if (differs(row, file)) other.push(file);
        return false;
      });
      this.#stageGone(gone);
    }
    this.#tally.statDiffers += other.length;
    this.#tally.added += unknown.size;
    this.#after = last.path;
    const files = [...other, ...unknown.values()];
    this.#staged({ writes: files.length > 0 }, () => stageFiles(this.#place, files));
  }

  /** Takes an empty directory; they are stored together, because each commit costs a flush. */
  emptyDirectory(path: string): void {
    this.#emptyDirs.push(path);
    if (this.#emptyDirs.length >= PAGE_ROWS) this.#staged({ writes: true }, () => {});
  }

  /** The walk has seen everything: what is left of the list is gone. */
  async end(): Promise<SealChanges> {
    if (!this.#isWhole) {
      for await (const page of this.#known({ upTo: null })) this.#stageGone(page);
      this.#isWhole = true;
    }
    return this.changes();
  }

  /**
   * Known files whose stat is another now, and known-missing ones that are back. Each is settled
   * (same bytes) or counts as altered; settled ones stay in this list.
   */
  get statDiffers(): AsyncIterable<StatDifference> {
    return this.#differing("1");
  }

  /** Those of `statDiffers` that have not been settled. */
  get altered(): AsyncIterable<StatDifference> {
    return this.#differing(UNSETTLED);
  }

  /** What is gone and not proven, and what the last pass did not find as sealed over there either. */
  lost(): Promise<MissingFiles> {
    return lostFiles(this.#connection, this.#number);
  }

  changes(): SealChanges {
    if (!this.#isWhole) throw new TypeError("the walk has not ended");
    return this.#tally.changes;
  }

  /**
   * Takes fresh hashes of seen files; one equal to the known hash settles the file. A hash that came
   * with another `stat` than the walk saw is of other bytes, and is not taken.
   */
  setHashes(batch: readonly HashedFile[]): void {
    this.#staged({ writes: true }, () => {
      for (const file of batch) {
        const seen = this.#connection.get<StagedRow & { settled: number; known: string | null }>(
          `SELECT s.*, NOT ${UNSETTLED} AS settled, f.sha256 AS known
          FROM ${JOINED} WHERE s.job = ? AND s.path = ?`,
          [this.#number, file.path],
        );
        if (!seen || !isThatFile(seen, file)) continue;
        this.#tally.settled += Number(file.sha256 === seen.known) - seen.settled;
        this.#connection.run("UPDATE seal_files SET sha256 = ? WHERE job = ? AND path = ?", [
          file.sha256,
          this.#number,
          file.path,
        ]);
      }
    });
  }

  /**
   * Makes what was seen the next generation (or the first, when the run was not sealed yet); `finish`
   * has to follow.
   * @throws {LabferryError} `seal_overtaken` when the job was sealed, or walked anew, meanwhile;
   * `nothing_to_seal` when there is no file at all.
   */
  commit(options: SealOptions, take: TakeSeal): Job {
    this.changes();
    const { job, ...about } = { job: this.job, tally: this.#tally, ...this.#place };
    return this.#staged(
      { writes: true, flush: true },
      () => decideSeal(this.#connection, job, { ...about, options, take }),
    );
  }

  /**
   * Ends a walk that found the sealed bytes: stats are refreshed, proven files that are gone are
   * marked as missing, the generation stays.
   * @throws {LabferryError} `seal_changed` when there is anything that needs a new generation.
   */
  async unchanged(): Promise<Job> {
    await this.end();
    const about = { tally: this.#tally, number: this.#number };
    const job = this.#staged(
      { writes: true },
      () => decideUnchanged(this.#connection, this.job, about),
    );
    await this.finish();
    return job;
  }

  /** What was decided is in the list. */
  async finish(): Promise<void> {
    await finishSeal(this.#connection, this.#number);
  }

  /** Forgets the walk if it is still under way; its leavings go when the next begins. */
  [Symbol.dispose](): void {
    try {
      this.#connection.runUnflushed(
        "DELETE FROM seal_rounds WHERE job = ? AND token = ? AND decided IS NULL",
        [this.#number, this.#token],
      );
    } catch (error) {
      // What made the walk fail must not be hidden; the next walk of the run clears the staging.
      if (!(error instanceof LabferryError)) throw error;
    }
  }

  get #place() {
    const isSealed = this.job.sealedAt !== null;
    return {
      connection: this.#connection,
      number: this.#number,
      generation: this.job.generation,
      isSealed,
    };
  }

  /** Pages of the list behind what was seen before; none of a run that has no list yet. */
  async *#known({ upTo }: { readonly upTo: string | null }): AsyncGenerator<FileRow[]> {
    if (this.job.sealedAt === null) return;
    let after = this.#after;
    while (true) {
      const page = this.#connection.all<FileRow>(
        `SELECT * FROM files WHERE job = ? AND path > ? AND ${
          upTo === null ? "?3 IS NULL" : "path <= ?"
        }
        ORDER BY path LIMIT ${PAGE_ROWS}`,
        [this.#number, after, upTo],
      );
      if (page.length > 0) yield page;
      if (page.length < PAGE_ROWS) return;
      after = page.at(-1)!.path;
      await turn();
    }
  }

  #stageGone(rows: readonly FileRow[]): void {
    const gone = rows.filter((row) => row.local_missing === 0);
    const missing = rows.filter((row) => row.local_missing === 1);
    for (const row of gone) this.#tally.meetGone(row);
    for (const row of missing) this.#tally.meetMissing(row);
    const lost = missing.filter(isLost);
    if (gone.length + lost.length === 0) return;
    this.#staged({ writes: true }, () => stageGone(this.#place, { gone, lost }));
  }

  #differing(condition: string): AsyncIterable<StatDifference> {
    return pagedByPath<StagedRow & JoinedRow, StatDifference>(this.#connection, {
      table: "seal_files",
      job: this.#number,
      sql: `SELECT s.*, ${KNOWN_COLUMNS} FROM ${JOINED}
        WHERE s.job = ?1 AND s.path > ?2 AND s.path <= ?3 AND ${condition} ORDER BY s.path`,
      map: (row) => ({ seen: toSeen(row), known: toFile(knownRow(row)) }),
    });
  }

  #inOrder(walked: readonly SeenFile[]): SeenFile[] {
    if (this.#isWhole) throw new TypeError("the walk has ended");
    let after = this.#after;
    return walked.filter(({ path }) => {
      const order = compareUtf8(after, path);
      if (order > 0) {
        throw new TypeError(`${JSON.stringify(path)} does not come after ${JSON.stringify(after)}`);
      }
      after = path;
      return order < 0;
    });
  }

  /**
   * Without anything to write only asks whether the walk was overtaken. What a power cut takes back of
   * a walk that decided nothing the next one finds again.
   */
  #staged<T>(
    { writes, flush = false }: { readonly writes: boolean; readonly flush?: boolean },
    work: () => T,
  ): T {
    if (!writes) {
      this.#requireCurrent();
      return work();
    }
    return this.#connection.transaction(() => {
      this.#requireCurrent();
      this.#storeEmptyDirs();
      return work();
    }, { flush });
  }

  #storeEmptyDirs(): void {
    for (const path of this.#emptyDirs) {
      this.#connection.run("INSERT OR IGNORE INTO seal_dirs (job, path) VALUES (?, ?)", [
        this.#number,
        path,
      ]);
    }
    this.#emptyDirs = [];
  }

  #requireCurrent(): void {
    const row = this.#connection.get<{ token: string }>(
      "SELECT token FROM seal_rounds WHERE job = ? AND decided IS NULL",
      [this.#number],
    );
    if (row?.token === this.#token) return;
    throw new LabferryError("seal_overtaken", "the run was walked or sealed anew meanwhile", {
      path: this.job.runPath,
    });
  }
}

type JoinedRow = { readonly [Column in keyof FileRow as `known_${Column}`]: FileRow[Column] };

function knownRow(row: JoinedRow): FileRow {
  return {
    path: row.known_path,
    size_bytes: row.known_size_bytes,
    mtime_ms: row.known_mtime_ms,
    ctime_s: row.known_ctime_s,
    file_id: row.known_file_id,
    generation: row.known_generation,
    sha256: row.known_sha256,
    sent: row.known_sent,
    far_sha256: row.known_far_sha256,
    far_pass: row.known_far_pass,
    result: row.known_result,
    proven_sha256: row.known_proven_sha256,
    local_missing: row.known_local_missing,
    ours: row.known_ours,
  };
}
