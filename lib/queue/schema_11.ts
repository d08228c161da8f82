/**
 * Version 11: what was sent of runs that are still being acquired (`rules.md` 27). It counts for nothing:
 * a run that is sealed takes from it what is still true, and forgets the rest.
 */
const HASH = "CHECK (sha256 IS NULL OR (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'))";

export const VERSION_11: readonly string[] = [
  `CREATE TABLE ahead_runs (
    run_path TEXT PRIMARY KEY CHECK (run_path <> ''),
    equipment_id TEXT NOT NULL CHECK (equipment_id <> ''),
    -- All three are null before anything may have gone.
    destination_uuid TEXT CHECK (destination_uuid <> ''),
    far_dir TEXT CHECK (far_dir <> ''),
    began_at TEXT CHECK (began_at <> ''),
    -- What stands in the way of sending more; null: nothing.
    waits_for TEXT,
    CONSTRAINT begun_is_whole CHECK ((destination_uuid IS NULL) = (far_dir IS NULL)
      AND (far_dir IS NULL) = (began_at IS NULL))
  ) STRICT, WITHOUT ROWID`,
  // "seen": not sent. "going": a push of ours may have put something there. "there": it did, and this is
  // how it stood. "waits": it changed after it went, or cannot go: the seal's matter.
  `CREATE TABLE ahead_files (
    run_path TEXT NOT NULL CHECK (run_path <> ''),
    path TEXT NOT NULL CHECK (path <> ''),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    mtime_ms REAL NOT NULL,
    ctime_s REAL NOT NULL,
    file_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('seen', 'going', 'there', 'waits')),
    -- 1 once a push of ours may have put something under this far name.
    ours INTEGER NOT NULL DEFAULT 0 CHECK (ours IN (0, 1)),
    since_observed_ms INTEGER NOT NULL,
    sha256 TEXT ${HASH},
    far_size INTEGER,
    far_mtime_ms REAL,
    PRIMARY KEY (run_path, path),
    CONSTRAINT there_says_how CHECK (state <> 'there' OR (ours = 1 AND far_size IS NOT NULL)),
    CONSTRAINT going_is_ours CHECK (state <> 'going' OR ours = 1)
  ) STRICT, WITHOUT ROWID`,
];
