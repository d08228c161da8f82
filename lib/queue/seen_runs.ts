/**
 * What intake has seen of runs: those that are being acquired, and how the others looked when they were
 * taken. It is kept so that quiet time survives a restart, and so that whoever asks is told.
 */
import { type Connection, nowText } from "./connection.ts";

export const SEEN_PHASES = ["acquiring", "odd", "taken"] as const;
export type SeenPhase = typeof SEEN_PHASES[number];

export interface SeenRow {
  readonly runPath: string;
  readonly equipmentId: string;
  /** Which folder of the disk it is (inode and birth); null where that is not known. */
  readonly folder: string | null;
  readonly phase: SeenPhase;
  readonly firstSeenAt: string;
  /** Data files only. */
  readonly files: number;
  readonly bytes: number;
  /** Of names, sizes, times and numbers of all data files; `""` before the first look. */
  readonly fingerprint: string;
  /** As it was when the run was last taken; null when that was not seen. */
  readonly takenFingerprint: string | null;
  /** The generation after whose proof the run was looked at. */
  readonly checkedGeneration: number | null;
  readonly changedAt: string;
  /** Time the service had lived through when the data last looked different. */
  readonly changedObservedMs: number;
  readonly lookedAt: string;
  readonly lookedObservedMs: number;
  /** Acquiring: what it waits for. Odd: why. Null when taken. */
  readonly waitsFor: string | null;
  /** It lay there before the equipment was first looked after, and is left alone. */
  readonly isExisting: boolean;
  /** It was not there when its folder was listed for the first time: it is new, whatever its times say. */
  readonly hasAppeared: boolean;
}

/** Runs of an equipment that are not looked after. */
export interface ExistingRuns {
  readonly equipmentId: string;
  readonly runs: number;
  readonly bytes: number;
}

export class SeenRuns {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  ofEquipment(equipmentId: string): SeenRow[] {
    return this.#connection.all<Row>("SELECT * FROM seen_runs WHERE equipment_id = ?", [
      equipmentId,
    ]).map(toSeen);
  }

  of(runPath: string): SeenRow | null {
    const row = this.#connection.get<Row>("SELECT * FROM seen_runs WHERE run_path = ?", [runPath]);
    return row ? toSeen(row) : null;
  }

  /**
   * Runs that are not in the queue as they are now and are looked after: the longest known first. One that
   * a person enqueued before its instrument said anything is in it, until something of it looks different
   * from its seal.
   */
  waiting(limit: number): SeenRow[] {
    return this.#connection.all<Row>(
      `SELECT * FROM seen_runs s WHERE phase <> 'taken' AND existing = 0 AND NOT EXISTS (
          SELECT 1 FROM jobs j WHERE j.run_path = s.run_path
            AND (j.sealed_at IS NULL OR j.sealed_at >= s.changed_at))
        ORDER BY first_seen_at, run_path LIMIT +?`,
      [limit],
    ).map(toSeen);
  }

  /** What is left alone because it lay there before, of each equipment that has such runs. */
  existing(): ExistingRuns[] {
    return this.#connection.all<ExistingRuns>(EXISTING);
  }

  /** When a run of the equipment last looked different; null when none was ever seen. */
  lastChangeOf(equipmentId: string): string | null {
    return this.#connection.get<{ at: string | null }>(
      "SELECT max(changed_at) AS at FROM seen_runs WHERE equipment_id = ?",
      [equipmentId],
    )!.at;
  }

  /** Runs whose newest generation was proven since they were last looked at. */
  unchecked(equipmentId: string): string[] {
    return this.#connection.all<{ run_path: string }>(
      `SELECT s.run_path FROM seen_runs s JOIN jobs j ON j.run_path = s.run_path
        WHERE s.equipment_id = ? AND s.phase = 'taken' AND j.state IN ('verified', 'cleaned')
          AND s.checked_generation IS NOT j.generation`,
      [equipmentId],
    ).map((row) => row.run_path);
  }

  /** Taken runs, and those left alone, that were not looked at since, the longest first; by either clock. */
  unseenSince(
    equipmentId: string,
    before: { readonly at: string; readonly observedMs: number; readonly limit: number },
  ): string[] {
    return this.#connection.all<{ run_path: string }>(
      `SELECT run_path FROM seen_runs WHERE equipment_id = ?
        AND (phase = 'taken' OR existing = 1) AND (looked_at < ? OR looked_observed_ms < ?) ORDER BY looked_observed_ms LIMIT +?`,
      [equipmentId, before.at, before.observedMs, before.limit],
    ).map((row) => row.run_path);
  }

  put(seen: SeenRow): void {
    this.#connection.run(
      `INSERT OR REPLACE INTO seen_runs (run_path, equipment_id, folder, phase, first_seen_at, files,
        bytes, fingerprint, taken_fingerprint, checked_generation, changed_at, changed_observed_ms,
        looked_at, looked_observed_ms, waits_for, existing, appeared)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        seen.runPath,
        seen.equipmentId,
        seen.folder,
        seen.phase,
        seen.firstSeenAt,
        seen.files,
        seen.bytes,
        seen.fingerprint,
        seen.takenFingerprint,
        seen.checkedGeneration,
        seen.changedAt,
        Math.floor(seen.changedObservedMs),
        seen.lookedAt,
        Math.floor(seen.lookedObservedMs),
        seen.waitsFor,
        Number(seen.isExisting),
        Number(seen.hasAppeared),
      ],
    );
  }

  /** In one transaction: many that were only looked at. */
  putAll(seen: readonly SeenRow[]): void {
    this.#connection.transaction(() => {
      for (const row of seen) this.put(row);
    });
  }

  /** The run is gone, or has another name; what was said of it goes too. */
  forget(runPath: string): void {
    this.#connection.transaction(() => {
      for (const table of ["seen_runs", "complete_words", "completeness", "dismissed_runs"]) {
        this.#connection.run(`DELETE FROM ${table} WHERE run_path = ?`, [runPath]);
      }
    });
  }

  /** Somebody's word that the run is complete; the first one stands. */
  sayComplete(runPath: string, by: string): void {
    this.#connection.run(
      "INSERT OR IGNORE INTO complete_words (run_path, said_by, said_at) VALUES (?, ?, ?)",
      [runPath, by, nowText(this.#connection)],
    );
  }

  wordOn(runPath: string): { readonly by: string; readonly at: string } | null {
    return this.#connection.get<{ by: string; at: string }>(
      "SELECT said_by AS 'by', said_at AS 'at' FROM complete_words WHERE run_path = ?",
      [runPath],
    ) ?? null;
  }

  /** Somebody's word that the run, as it is now, is to be left alone. False for one nobody has seen. */
  dismiss(runPath: string, by: string): boolean {
    const seen = this.of(runPath);
    if (seen === null || seen.phase === "taken") return false;
    this.#connection.run(
      `INSERT OR REPLACE INTO dismissed_runs (run_path, fingerprint, said_by, said_at)
        VALUES (?, ?, ?, ?)`,
      [runPath, seen.fingerprint, by, nowText(this.#connection)],
    );
    return true;
  }

  /** Who dismissed it as it looks now; null for whoever dismissed it as it looked before. */
  dismissalOf(
    { runPath, fingerprint }: SeenRow,
  ): { readonly by: string; readonly at: string } | null {
    return this.#connection.get<{ by: string; at: string }>(
      `SELECT said_by AS 'by', said_at AS 'at' FROM dismissed_runs
        WHERE run_path = ? AND fingerprint = ?`,
      [runPath, fingerprint],
    ) ?? null;
  }

  /** How it is known that the run is complete; the next seal of it takes that along. */
  keepEvidence(runPath: string, evidence: Readonly<Record<string, unknown>>): void {
    this.#connection.run(
      "INSERT OR REPLACE INTO completeness (run_path, evidence) VALUES (?, ?)",
      [runPath, JSON.stringify(evidence)],
    );
  }

  evidenceOf(runPath: string): Readonly<Record<string, unknown>> | null {
    const row = this.#connection.get<{ evidence: string }>(
      "SELECT evidence FROM completeness WHERE run_path = ?",
      [runPath],
    );
    return row ? JSON.parse(row.evidence) : null;
  }
}

export const EXISTING =
  `SELECT equipment_id AS equipmentId, count(*) AS runs, sum(bytes) AS bytes FROM seen_runs
  WHERE existing = 1 GROUP BY equipment_id ORDER BY equipment_id`;

interface Row {
  readonly run_path: string;
  readonly equipment_id: string;
  readonly folder: string | null;
  readonly phase: SeenPhase;
  readonly first_seen_at: string;
  readonly files: number;
  readonly bytes: number;
  readonly fingerprint: string;
  readonly taken_fingerprint: string | null;
  readonly checked_generation: number | null;
  readonly changed_at: string;
  readonly changed_observed_ms: number;
  readonly looked_at: string;
  readonly looked_observed_ms: number;
  readonly waits_for: string | null;
  readonly existing: number;
  readonly appeared: number;
}

function toSeen(row: Row): SeenRow {
  return {
    runPath: row.run_path,
    equipmentId: row.equipment_id,
    folder: row.folder,
    phase: row.phase,
    firstSeenAt: row.first_seen_at,
    files: row.files,
    bytes: row.bytes,
    fingerprint: row.fingerprint,
    takenFingerprint: row.taken_fingerprint,
    checkedGeneration: row.checked_generation,
    changedAt: row.changed_at,
    changedObservedMs: row.changed_observed_ms,
    lookedAt: row.looked_at,
    lookedObservedMs: row.looked_observed_ms,
    waitsFor: row.waits_for,
    isExisting: row.existing === 1,
    hasAppeared: row.appeared === 1,
  };
}
