/** Version 3: what was seen of runs before they are jobs, and how it is known that they are complete. */
export const VERSION_3: readonly string[] = [
  // "fingerprint" stands for names, sizes, times and file numbers of all data files.
  `CREATE TABLE seen_runs (
    run_path TEXT PRIMARY KEY CHECK (run_path <> ''),
    equipment_id TEXT NOT NULL CHECK (equipment_id <> ''),
    folder TEXT,
    phase TEXT NOT NULL CHECK (phase IN ('acquiring', 'odd', 'taken')),
    first_seen_at TEXT NOT NULL,
    files INTEGER NOT NULL CHECK (files >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    fingerprint TEXT NOT NULL,
    taken_fingerprint TEXT,
    checked_generation INTEGER,
    changed_at TEXT NOT NULL,
    changed_observed_ms INTEGER NOT NULL,
    looked_at TEXT NOT NULL,
    looked_observed_ms INTEGER NOT NULL,
    waits_for TEXT,
    CONSTRAINT waiting_says_for_what CHECK ((phase = 'taken') = (waits_for IS NULL))
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX seen_by_equipment ON seen_runs (equipment_id, phase)",
  // Somebody said that the run is complete.
  `CREATE TABLE complete_words (
    run_path TEXT PRIMARY KEY CHECK (run_path <> ''),
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  // What the next seal of the run takes along.
  `CREATE TABLE completeness (
    run_path TEXT PRIMARY KEY CHECK (run_path <> ''),
    evidence TEXT NOT NULL CHECK (json_valid(evidence))
  ) STRICT, WITHOUT ROWID`,
];
