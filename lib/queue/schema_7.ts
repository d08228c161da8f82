/**
 * Version 7: a person's word that a run which never became complete is none, or is to be left alone. It
 * holds for the data as it was then: whatever is written afterwards makes the run news again.
 */
export const VERSION_7: readonly string[] = [
  `CREATE TABLE dismissed_runs (
    run_path TEXT PRIMARY KEY CHECK (run_path <> ''),
    fingerprint TEXT NOT NULL,
    said_by TEXT NOT NULL CHECK (said_by <> ''),
    said_at TEXT NOT NULL CHECK (said_at <> '')
  ) STRICT, WITHOUT ROWID`,
];
