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
  `CREATE INDEX jobs_unplanned ON jobs (state)
    WHERE state IN ('verified', 'cleaned') AND hold IS NULL AND next_attempt_at IS NULL`,
  // What the cleaner asks: the longest proven first, without those a person keeps.
  `CREATE INDEX jobs_deletable ON jobs (verified_at, id)
    WHERE state = 'verified' AND pinned = 0 AND hold IS NULL`,
];
