/**
 * Version 2: what a failure advises travels with it; what we ever put under a far name is known by
 * file; what a look at the far folder saw is kept for as long as a push is being prepared.
 */
export const VERSION_2: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN last_error_hint TEXT",
  // Which folder of this disk the run was when it was first sealed: inode and birth, as text.
  "ALTER TABLE jobs ADD COLUMN source_folder TEXT",
  // 1 once a push of ours may have put something under this far name.
  "ALTER TABLE files ADD COLUMN ours INTEGER NOT NULL DEFAULT 0 CHECK (ours IN (0, 1))",
  "UPDATE files SET ours = 1 WHERE sent = 1 OR proven_sha256 IS NOT NULL",
  `CREATE TABLE look_entries (
    job INTEGER NOT NULL REFERENCES jobs (n),
    -- The path as the place compares names: folded and normalised where it does so.
    key TEXT NOT NULL CHECK (key <> ''),
    path TEXT NOT NULL CHECK (path <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('file', 'folder', 'other')),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    mtime_ms REAL,
    PRIMARY KEY (job, key, path)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE look_names (
    job INTEGER NOT NULL REFERENCES jobs (n),
    key TEXT NOT NULL CHECK (key <> ''),
    path TEXT NOT NULL CHECK (path <> ''),
    PRIMARY KEY (job, key, path)
  ) STRICT, WITHOUT ROWID`,
];
