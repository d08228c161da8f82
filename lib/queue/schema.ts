/**
 * Version 1 of the database, statement by statement. Once released a version never changes; the
 * next one is another list in `migrations.ts`. The CHECKs make a row that contradicts its state
 * impossible, whatever the code above does.
 */

/** An instant as `Date.toISOString()` writes it, so that text order is time order. */
const time = (column: string) =>
  `CHECK (${column} IS NULL OR ${column} GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9].[0-9][0-9][0-9]Z')`;
const flag = (column: string) => `CHECK (${column} IN (0, 1))`;
const hash = (column: string) =>
  `CHECK (${column} IS NULL OR (length(${column}) = 64 AND ${column} NOT GLOB '*[^0-9a-f]*'))`;

const JOBS = `CREATE TABLE jobs (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  run_path TEXT NOT NULL UNIQUE CHECK (run_path <> ''),
  equipment_id TEXT NOT NULL CHECK (equipment_id <> ''),
  destination TEXT NOT NULL CHECK (destination <> ''),
  destination_uuid TEXT,
  far_dir TEXT NOT NULL CHECK (far_dir <> ''),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'awaiting_verify', 'verified',
    'cleanup_eligible', 'cleaned', 'failed')),
  hold TEXT CHECK (hold IN ('gate', 'destination', 'paused', 'cancelled')),
  hold_reason TEXT,
  generation INTEGER NOT NULL CHECK (generation >= 1),
  sealed_at TEXT ${time("sealed_at")},
  files INTEGER NOT NULL CHECK (files >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  resent INTEGER NOT NULL ${flag("resent")},
  prepared_generation INTEGER NOT NULL CHECK (prepared_generation BETWEEN 0 AND generation),
  verify_passes INTEGER NOT NULL CHECK (verify_passes >= 0),
  verified_at TEXT ${time("verified_at")},
  enqueued_ms INTEGER NOT NULL,
  next_attempt_at TEXT ${time("next_attempt_at")},
  last_error_code TEXT CHECK (last_error_code <> ''),
  last_error_message TEXT,
  verification TEXT CHECK (json_valid(verification)),
  deletion_started_at TEXT ${time("deletion_started_at")},
  pinned INTEGER NOT NULL ${flag("pinned")},
  updated_at TEXT NOT NULL ${time("updated_at")},
  -- A run waits a second longer for every 10 MB, an hour at most: small ones overtake huge ones,
  -- and no huge one is overtaken by what was enqueued more than an hour after it.
  claim_order INTEGER GENERATED ALWAYS AS (enqueued_ms + min(bytes / 10000, 3600000)) VIRTUAL,
  huge INTEGER GENERATED ALWAYS AS (bytes >= 10737418240) VIRTUAL,
  CONSTRAINT reason_needs_hold CHECK (hold IS NOT NULL OR hold_reason IS NULL),
  CONSTRAINT running_moves CHECK (state <> 'running' OR (hold IS NULL AND next_attempt_at IS NULL)),
  CONSTRAINT later_generations_are_sealed CHECK (generation = 1 OR sealed_at IS NOT NULL),
  CONSTRAINT only_sealed_is_verified CHECK (sealed_at IS NOT NULL
    OR state IN ('queued', 'running', 'cleaned', 'failed')),
  CONSTRAINT verified_has_passes CHECK (state NOT IN ('verified', 'cleanup_eligible')
    OR (verified_at IS NOT NULL AND verify_passes >= 1)),
  CONSTRAINT verified_at_has_passes CHECK (verified_at IS NULL OR verify_passes >= 1),
  CONSTRAINT error_is_whole CHECK ((last_error_code IS NULL) = (last_error_message IS NULL)),
  CONSTRAINT failed_says_why CHECK (state <> 'failed'
    OR (last_error_code IS NOT NULL AND next_attempt_at IS NULL)),
  CONSTRAINT cleaned_was_begun CHECK (state <> 'cleaned' OR deletion_started_at IS NOT NULL),
  CONSTRAINT deletion_is_late CHECK (deletion_started_at IS NULL
    OR state IN ('cleanup_eligible', 'cleaned', 'failed'))
) STRICT`;

/** Each answers one question in O(log n) of all jobs ever; `EXPLAIN` in the tests proves it. */
const JOB_INDEXES = [
  `CREATE INDEX jobs_ready ON jobs (equipment_id, huge, claim_order)
    WHERE state = 'queued' AND hold IS NULL AND next_attempt_at IS NULL`,
  `CREATE INDEX jobs_to_verify ON jobs (equipment_id, claim_order)
    WHERE state = 'awaiting_verify' AND hold IS NULL AND next_attempt_at IS NULL`,
  `CREATE INDEX jobs_due ON jobs (state, next_attempt_at)
    WHERE hold IS NULL AND next_attempt_at IS NOT NULL`,
  `CREATE INDEX jobs_held ON jobs (hold, destination) WHERE hold IS NOT NULL`,
  `CREATE INDEX jobs_by_state ON jobs (state)`,
  `CREATE INDEX jobs_by_equipment ON jobs (equipment_id, state)`,
];

const GENERATIONS = `CREATE TABLE generations (
  job INTEGER NOT NULL REFERENCES jobs (n),
  generation INTEGER NOT NULL CHECK (generation >= 1),
  reason TEXT NOT NULL CHECK (reason <> ''),
  sealed_by TEXT NOT NULL CHECK (sealed_by <> ''),
  sealed_at TEXT NOT NULL ${time("sealed_at")},
  files INTEGER NOT NULL CHECK (files >= 1),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  PRIMARY KEY (job, generation)
) STRICT, WITHOUT ROWID`;

const PASSES = `CREATE TABLE passes (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  destination_uuid TEXT NOT NULL,
  far_dir TEXT NOT NULL,
  started_at TEXT NOT NULL ${time("started_at")},
  ended_at TEXT ${time("ended_at")},
  strength TEXT CHECK (strength IN ('read_back', 'remote_computed', 'provider_asserted', 'size_only')),
  matched INTEGER NOT NULL CHECK (matched >= 0),
  mismatched INTEGER NOT NULL CHECK (mismatched >= 0),
  missing INTEGER NOT NULL CHECK (missing >= 0),
  extra INTEGER NOT NULL CHECK (extra >= 0),
  notes TEXT NOT NULL CHECK (json_valid(notes)),
  outcome TEXT NOT NULL CHECK (outcome IN ('open', 'passed', 'failed', 'abandoned')),
  observed_ms INTEGER CHECK (observed_ms >= 0),
  FOREIGN KEY (job, generation) REFERENCES generations (job, generation),
  CONSTRAINT ended_when_closed CHECK ((outcome = 'open') = (ended_at IS NULL)),
  CONSTRAINT passed_is_proof CHECK (outcome <> 'passed' OR (strength IS NOT NULL
    AND strength <> 'size_only' AND matched >= 1 AND mismatched = 0 AND missing = 0))
) STRICT`;

/** No secondary index: writing a million rows costs more than reading one run's rows in order. */
const FILES = `CREATE TABLE files (
  job INTEGER NOT NULL REFERENCES jobs (n),
  path TEXT NOT NULL CHECK (path <> ''),
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  mtime_ms REAL NOT NULL,
  ctime_s REAL NOT NULL,
  file_id TEXT NOT NULL,
  generation INTEGER NOT NULL CHECK (generation >= 1),
  sha256 TEXT ${hash("sha256")},
  sent INTEGER NOT NULL DEFAULT 0 ${flag("sent")},
  far_sha256 TEXT ${hash("far_sha256")},
  far_pass INTEGER REFERENCES passes (id),
  proven_sha256 TEXT ${hash("proven_sha256")},
  local_missing INTEGER NOT NULL DEFAULT 0 ${flag("local_missing")},
  -- Derived, so that it can never contradict the hashes it stands for.
  result TEXT GENERATED ALWAYS AS (CASE
    WHEN far_pass IS NULL THEN NULL
    WHEN far_sha256 IS NULL THEN 'missing'
    WHEN sha256 IS NULL THEN NULL
    WHEN sha256 = far_sha256 THEN 'matched'
    ELSE 'mismatched' END) VIRTUAL,
  PRIMARY KEY (job, path),
  CONSTRAINT far_hash_has_pass CHECK (far_sha256 IS NULL OR far_pass IS NOT NULL),
  CONSTRAINT missing_has_hash CHECK (local_missing = 0 OR sha256 IS NOT NULL)
) STRICT, WITHOUT ROWID`;

const EMPTY_DIRS = `CREATE TABLE empty_dirs (
  job INTEGER NOT NULL REFERENCES jobs (n),
  path TEXT NOT NULL CHECK (path <> ''),
  PRIMARY KEY (job, path)
) STRICT, WITHOUT ROWID`;

const EVENTS = `CREATE TABLE job_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (n),
  at TEXT NOT NULL ${time("at")},
  kind TEXT NOT NULL CHECK (kind <> ''),
  from_state TEXT,
  to_state TEXT NOT NULL,
  generation INTEGER NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT`;

/** What a walk has seen so far; `token` says which round the rows belong to. */
const SEALING = [
  `CREATE TABLE seal_rounds (
    job INTEGER PRIMARY KEY REFERENCES jobs (n),
    token TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE seal_files (
    job INTEGER NOT NULL,
    path TEXT NOT NULL CHECK (path <> ''),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    mtime_ms REAL NOT NULL,
    ctime_s REAL NOT NULL,
    file_id TEXT NOT NULL,
    sha256 TEXT ${hash("sha256")},
    PRIMARY KEY (job, path)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE seal_dirs (
    job INTEGER NOT NULL,
    path TEXT NOT NULL CHECK (path <> ''),
    PRIMARY KEY (job, path)
  ) STRICT, WITHOUT ROWID`,
];

const AROUND = [
  `CREATE TABLE destinations (
    name TEXT PRIMARY KEY,
    uuid TEXT,
    state TEXT NOT NULL CHECK (state IN ('up', 'down')),
    code TEXT,
    reason TEXT,
    since TEXT NOT NULL ${time("since")},
    next_probe_at TEXT ${time("next_probe_at")},
    CONSTRAINT down_says_why CHECK ((state = 'down') = (code IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT up_needs_no_probe CHECK (state = 'down' OR
      (next_probe_at IS NULL AND code IS NULL AND reason IS NULL))
  ) STRICT`,
  `CREATE TABLE pauses (
    scope TEXT PRIMARY KEY CHECK (scope <> ''),
    since TEXT NOT NULL ${time("since")},
    by TEXT NOT NULL CHECK (by <> ''),
    reason TEXT
  ) STRICT`,
  `CREATE TABLE cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL CHECK (seq >= 0)) STRICT`,
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`,
];

export const VERSION_1: readonly string[] = [
  JOBS,
  ...JOB_INDEXES,
  GENERATIONS,
  PASSES,
  `CREATE UNIQUE INDEX passes_open ON passes (job) WHERE outcome = 'open'`,
  `CREATE INDEX passes_by_job ON passes (job, generation)`,
  FILES,
  EMPTY_DIRS,
  EVENTS,
  `CREATE INDEX job_events_by_job ON job_events (job, seq)`,
  ...SEALING,
  ...AROUND,
];
