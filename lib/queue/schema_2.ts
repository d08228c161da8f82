/**
 * Version 2: what a failure advises travels with it; what we ever put under a far name is known by
 * file; what a look at the far folder saw is kept for as long as a push is being prepared.
 */
export const VERSION_2: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN last_error_hint TEXT",
  "ALTER TABLE destinations ADD COLUMN hint TEXT",
  // Which folder of this disk the run was when it was first sealed: inode and birth, as text.
  "ALTER TABLE jobs ADD COLUMN source_folder TEXT",
  // 1 once a push of ours may have put something under this far name.
  "ALTER TABLE files ADD COLUMN ours INTEGER NOT NULL DEFAULT 0 CHECK (ours IN (0, 1))",
  "UPDATE files SET ours = 1 WHERE sent = 1 OR proven_sha256 IS NOT NULL",
  // Far names of files that have left the list since: what stands there is still ours.
  `CREATE TABLE once_ours (
    job INTEGER NOT NULL REFERENCES jobs (n),
    path TEXT NOT NULL CHECK (path <> ''),
    PRIMARY KEY (job, path)
  ) STRICT, WITHOUT ROWID`,
  // What a listing of the far folder saw. "key" is the path as the place compares names.
  `CREATE TABLE look_entries (
    job INTEGER NOT NULL REFERENCES jobs (n),
    key TEXT NOT NULL CHECK (key <> ''),
    path TEXT NOT NULL CHECK (path <> ''),
    kind TEXT NOT NULL CHECK (kind IN ('file', 'folder', 'other')),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    mtime_ms REAL,
    PRIMARY KEY (job, key, path)
  ) STRICT, WITHOUT ROWID`,
  // Every name of the run, with its key; "owned" where something of ours may stand under it.
  `CREATE TABLE look_names (
    job INTEGER NOT NULL REFERENCES jobs (n),
    path TEXT NOT NULL CHECK (path <> ''),
    key TEXT NOT NULL CHECK (key <> ''),
    owned INTEGER NOT NULL CHECK (owned IN (0, 1)),
    PRIMARY KEY (job, path)
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX look_names_by_key ON look_names (job, key, owned)",
  // The records over there as we last put them, so that another's change is not replaced.
  `CREATE TABLE far_records (
    destination_uuid TEXT NOT NULL,
    path TEXT NOT NULL CHECK (path <> ''),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    PRIMARY KEY (destination_uuid, path)
  ) STRICT, WITHOUT ROWID`,
];
