/**
 * Version 4: an alarm beside the state (`rules.md` 20). A cleaned run whose far copy is damaged stays
 * cleaned, because nothing here could be sent again; but it is never shown as safe.
 */
export const VERSION_4: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN alarm_code TEXT CHECK (alarm_code <> '')",
  `ALTER TABLE jobs ADD COLUMN alarm_since TEXT
    CHECK ((alarm_code IS NULL) = (alarm_since IS NULL))`,
  `ALTER TABLE jobs ADD COLUMN alarm_files INTEGER
    CHECK ((alarm_code IS NULL) = (alarm_files IS NULL))`,
  "CREATE INDEX jobs_alarmed ON jobs (n) WHERE alarm_code IS NOT NULL",
  // Proven runs for which no later pass is planned: none, as soon as the service has looked once.
  `CREATE INDEX jobs_unplanned ON jobs (state, equipment_id)
    WHERE hold IS NULL AND next_attempt_at IS NULL`,
  // What the cleaner asks: the longest proven first, without those a person keeps.
  `CREATE INDEX jobs_deletable ON jobs (verified_at, id)
    WHERE state = 'verified' AND pinned = 0 AND hold IS NULL`,
  // What is gone since the list was sealed: beside "seal_files", which holds what is new or other.
  // "was_missing" is 1 for a file that was gone before, and that the last pass missed over there too.
  `CREATE TABLE seal_gone (
    job INTEGER NOT NULL,
    path TEXT NOT NULL CHECK (path <> ''),
    was_missing INTEGER NOT NULL CHECK (was_missing IN (0, 1)),
    PRIMARY KEY (job, path)
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX seal_files_by_id ON seal_files (job, file_id)",
  // Set when the job has become what was seen; what is staged still has to be taken into its list.
  "ALTER TABLE seal_rounds ADD COLUMN decided TEXT CHECK (json_valid(decided))",
  // 1 while the files that a passed pass has proven still have to be marked so.
  "ALTER TABLE passes ADD COLUMN marking INTEGER NOT NULL DEFAULT 0 CHECK (marking IN (0, 1))",
  "CREATE INDEX passes_marking ON passes (job) WHERE marking = 1",
];
