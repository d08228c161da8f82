/**
 * Passes: one complete comparison of a generation with one place. A pass belongs to one process and
 * one connection: what an interrupted one saw says nothing of what is there now, so it is abandoned
 * and the next begins with the first file. Closed passes are kept for ever.
 */
import { LabferryError, type ProofStrength } from "../base/mod.ts";
import { type Connection, nowText, type Value } from "./connection.ts";
import { OriginHashes } from "./origin.ts";
import { appendEvent } from "./events.ts";
import { type FileRow, toFile } from "./file_row.ts";
import { jobById, jobNumber } from "./job_lookup.ts";
import { finishMarking, isMarking, MARK, UNMARKED } from "./marking.ts";
import { observedMs } from "./observed_time.ts";
import { forgetListVersion, listVersion, touchList } from "./list_version.ts";
import { changeByPath, OF_STRETCH, PAGE_ROWS, pagedByPath, stretchesOf } from "./paged.ts";
import { isUnfinished } from "./seal_apply.ts";
import {
  type CappedNames,
  type FarHash,
  type FileState,
  type Job,
  MAX_LISTED,
  type Pass,
  type PassSummary,
} from "./types.ts";

export interface PassPlace {
  readonly destinationUuid: string;
  readonly farDir: string;
}

export interface PassEnd {
  readonly outcome: "passed" | "failed" | "abandoned";
  /** What it found; without it nothing is counted, and nothing passes. */
  readonly summary?: PassSummary;
  readonly strength?: ProofStrength;
  readonly notes?: readonly string[];
  /** Files over there that are not in the list. */
  readonly extra?: number;
}

/** Every pass of every run. */
export class Passes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Begins a pass; one that is still open was interrupted, and is abandoned.
   * @throws {LabferryError} `pass_overtaken` when the job has another generation now.
   */
  begin(job: Pick<Job, "id" | "generation">, place: PassPlace): Pass {
    return this.#connection.transaction(() => {
      const now = jobById(this.#connection, job.id);
      if (now?.generation !== job.generation || now.sealedAt === null) {
        throw new LabferryError("pass_overtaken", "this generation of the run cannot be verified", {
          why: now?.sealedAt ? `generation ${now.generation} has replaced it` : "it is not sealed",
        });
      }
      const number = jobNumber(this.#connection, job.id);
      if (isUnfinished(this.#connection, number) || isMarking(this.#connection, number)) {
        throw new TypeError("the run's list is not what was decided of it yet");
      }
      const open = selectOne(this.#connection, "p.job = ? AND p.outcome = 'open'", [number]);
      if (open) this.close(open, { outcome: "abandoned" });
      const { id } = this.#connection.get<{ id: number }>(
        `INSERT INTO passes (job, generation, destination_uuid, far_dir, started_at, matched,
          mismatched, missing, extra, notes, outcome)
        VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0, '[]', 'open') RETURNING id`,
        [number, job.generation, place.destinationUuid, place.farDir, nowText(this.#connection)],
      )!;
      return selectOne(this.#connection, "p.id = ?", [id])!;
    }, { flush: false });
  }

  /** What is still to be hashed on the far side in this pass, sorted by the path's bytes. */
  unhashed(pass: Pick<Pass, "id" | "jobId">): AsyncIterable<FileState> {
    return pagedByPath<FileRow, FileState>(this.#connection, {
      table: "files",
      job: jobNumber(this.#connection, pass.jobId),
      sql: `SELECT * FROM files WHERE ${OF_STRETCH} AND far_pass IS NOT ?4 ORDER BY path`,
      values: [pass.id],
      map: toFile,
    });
  }

  /**
   * Stores far hashes; each file's result follows from them. Returns the paths that are not in the
   * list. @throws {LabferryError} `pass_closed` when the pass is not open any more.
   */
  record(pass: Pick<Pass, "id" | "jobId">, batch: readonly FarHash[]): string[] {
    return this.#connection.transaction(() => {
      const job = jobNumber(this.#connection, pass.jobId);
      checkOpen(this.#connection, pass.id);
      touchList(this.#connection, job);
      return batch.filter((file) =>
        this.#connection.run(
          "UPDATE files SET far_sha256 = ?, far_pass = ? WHERE job = ? AND path = ?",
          [file.sha256, pass.id, job, file.path],
        ) === 0
      ).map((file) => file.path);
    }, { flush: false });
  }

  /** What the pass has found so far: of each file of the list. */
  async summary(pass: Pick<Pass, "id" | "jobId">): Promise<PassSummary> {
    const connection = this.#connection;
    const job = jobNumber(connection, pass.jobId);
    const version = listVersion(connection, job);
    const total = { files: 0, matched: 0, mismatched: 0, missing: 0, unknown: 0, pending: 0 };
    const names = { mismatched: [], missing: [], unknown: [] } as Record<Faulty, string[]>;
    for await (const { after, upTo } of stretchesOf(connection, { table: "files", job })) {
      const counts = connection.get<typeof total>(COUNTS, [job, after, upTo, pass.id])!;
      for (const what of Object.keys(total) as (keyof typeof total)[]) total[what] += counts[what];
      for (const what of Object.keys(names) as Faulty[]) {
        const room = MAX_LISTED - names[what].length;
        if (counts[what] === 0 || room <= 0) continue;
        const found = connection.all<{ path: string }>(
          `SELECT path FROM files WHERE ${OF_STRETCH} AND far_pass = ?4 AND ${FAULTY[what]}
          ORDER BY path LIMIT +?5`,
          [job, after, upTo, pass.id, room],
        );
        names[what].push(...found.map(({ path }) => path));
      }
    }
    const listed = (what: Faulty): CappedNames => ({ count: total[what], names: names[what] });
    return {
      files: total.files,
      matched: total.matched,
      mismatched: listed("mismatched"),
      missing: listed("missing"),
      notComparable: listed("unknown"),
      pending: total.pending,
      version,
    };
  }

  /**
   * Ends an open pass. One that `passed` has proven every file with the hash that matched; of many
   * files `finish` marks them so.
   * @throws {LabferryError} `pass_closed`; `pass_incomplete` when it is to pass, but not every file
   * of the list matched in it as it is now, or the strength is none that proves anything.
   */
  close(pass: Pick<Pass, "id" | "jobId">, end: PassEnd): Pass {
    return this.#connection.transaction(() => {
      checkOpen(this.#connection, pass.id);
      const job = jobNumber(this.#connection, pass.jobId);
      const { summary } = end;
      if (end.outcome === "passed") {
        requireProof({ ...end, isOfNow: summary?.version === listVersion(this.#connection, job) });
      }
      const passed = end.outcome === "passed" && summary !== undefined;
      const marksLater = passed && summary.files > PAGE_ROWS;
      this.#connection.run(
        `UPDATE passes SET outcome = ?, ended_at = ?, strength = ?, matched = ?, mismatched = ?,
          missing = ?, extra = ?, notes = ?, observed_ms = ?, marking = ? WHERE id = ?`,
        [
          end.outcome,
          nowText(this.#connection),
          end.strength ?? null,
          summary?.matched ?? 0,
          summary?.mismatched.count ?? 0,
          summary?.missing.count ?? 0,
          end.extra ?? 0,
          JSON.stringify(end.notes ?? []),
          observedMs(this.#connection),
          Number(marksLater),
          pass.id,
        ],
      );
      if (passed && !marksLater) {
        this.#connection.run(`UPDATE files SET ${MARK} WHERE job = ? AND ${UNMARKED}`, [job]);
      }
      forgetListVersion(this.#connection, job);
      const closed = selectOne(this.#connection, "p.id = ?", [pass.id])!;
      tell(this.#connection, closed);
      return closed;
    });
  }

  /** Marks what a passed pass has proven, where that was too much for the moment it was closed. */
  async finish(jobId: string): Promise<void> {
    await finishMarking(this.#connection, jobNumber(this.#connection, jobId));
  }

  /** These are hashed again in this pass: what was seen of them no longer counts. */
  forget(pass: Pick<Pass, "id" | "jobId">, paths: readonly string[]): void {
    this.#connection.transaction(() => {
      checkOpen(this.#connection, pass.id);
      const job = jobNumber(this.#connection, pass.jobId);
      touchList(this.#connection, job);
      for (const path of paths) {
        this.#connection.run(
          "UPDATE files SET far_sha256 = NULL, far_pass = NULL WHERE job = ? AND path = ?",
          [job, path],
        );
      }
    }, { flush: false });
  }

  /** Takes the files that an open pass found equal on the far side as sent, and as ours from now on. */
  async adopt(pass: Pick<Pass, "id" | "jobId">): Promise<void> {
    checkOpen(this.#connection, pass.id);
    const job = jobNumber(this.#connection, pass.jobId);
    touchList(this.#connection, job);
    await changeByPath(this.#connection, {
      table: "files",
      job,
      sql: `UPDATE files SET sent = 1, ours = 1
        WHERE ${OF_STRETCH} AND far_pass = ?4 AND result = 'matched'`,
      values: [pass.id],
    });
  }

  /** All passes of a run, oldest first; of one generation only when it is given. */
  of(jobId: string, generation?: number): Pass[] {
    return this.#connection.all<PassRow>(
      `${SELECT} WHERE p.job = ? AND (?2 IS NULL OR p.generation = ?2) ORDER BY p.id`,
      [jobNumber(this.#connection, jobId), generation ?? null],
    ).map(toPass);
  }
}

function checkOpen(connection: Connection, passId: number): void {
  if (selectOne(connection, "p.id = ? AND p.outcome = 'open'", [passId])) return;
  throw new LabferryError("pass_closed", "this verification pass has ended", {
    why: "it was closed, or a new generation of the run has replaced it",
  });
}

/** Never claims more than was compared: one file short, and it is no pass. */
function requireProof(
  { summary, strength, isOfNow }: PassEnd & { readonly isOfNow: boolean },
): void {
  const { files = 0, matched = 0 } = summary ?? {};
  const whole = files > 0 && matched === files;
  if (whole && isOfNow && strength !== undefined && strength !== "size_only") return;
  throw new LabferryError("pass_incomplete", "the verification pass proves nothing", {
    why: !whole
      ? `${matched} of ${files} files matched`
      : !isOfNow
      ? "the list changed after it was summed up"
      : `its strength is ${strength ?? "not known"}`,
  });
}

function tell(connection: Connection, pass: Pass): void {
  const job = jobById(connection, pass.jobId)!;
  const origin = pass.outcome === "passed"
    ? new OriginHashes(connection, pass.jobId).counts()
    : null;
  appendEvent(connection, jobNumber(connection, pass.jobId), {
    kind: "pass_ended",
    fromState: job.state,
    toState: job.state,
    generation: pass.generation,
    detail: {
      pass: pass.id,
      outcome: pass.outcome,
      strength: pass.strength,
      matched: pass.matched,
      mismatched: pass.mismatched,
      missing: pass.missing,
      extra: pass.extra,
      ...(origin ? { origin } : {}),
      destinationUuid: pass.destinationUuid,
      startedAt: pass.startedAt,
    },
  });
}

/** Files of which a pass says anything but "equal". */
const FAULTY = {
  mismatched: "result = 'mismatched'",
  missing: "result = 'missing'",
  unknown: "result IS NULL",
} as const;

type Faulty = keyof typeof FAULTY;

const COUNTS = `SELECT count(*) AS files,
  ifnull(sum(far_pass = ?4 AND result = 'matched'), 0) AS matched,
  ifnull(sum(far_pass = ?4 AND result = 'mismatched'), 0) AS mismatched,
  ifnull(sum(far_pass = ?4 AND result = 'missing'), 0) AS missing,
  ifnull(sum(far_pass = ?4 AND result IS NULL), 0) AS unknown,
  ifnull(sum(far_pass IS NOT ?4), 0) AS pending
FROM files WHERE ${OF_STRETCH}`;

const SELECT = "SELECT p.*, j.id AS job_id FROM passes p JOIN jobs j ON j.n = p.job";

function selectOne(connection: Connection, where: string, values: Value[]): Pass | null {
  const row = connection.get<PassRow>(`${SELECT} WHERE ${where}`, values);
  return row ? toPass(row) : null;
}

interface PassRow {
  readonly id: number;
  readonly job_id: string;
  readonly generation: number;
  readonly destination_uuid: string;
  readonly far_dir: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly strength: ProofStrength | null;
  readonly matched: number;
  readonly mismatched: number;
  readonly missing: number;
  readonly extra: number;
  readonly notes: string;
  readonly outcome: Pass["outcome"];
  readonly observed_ms: number | null;
}

function toPass(row: PassRow): Pass {
  return {
    id: row.id,
    jobId: row.job_id,
    generation: row.generation,
    destinationUuid: row.destination_uuid,
    farDir: row.far_dir,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    strength: row.strength,
    matched: row.matched,
    mismatched: row.mismatched,
    missing: row.missing,
    extra: row.extra,
    notes: JSON.parse(row.notes),
    outcome: row.outcome,
    observedMs: row.observed_ms,
  };
}
