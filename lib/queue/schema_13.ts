/**
 * Version 13: what is looked for among all runs that were ever seen, or all files that went ahead, is found;
 * and which runs this labferry saw appear, whatever their times say (`rules.md` 26).
 */
export const VERSION_13: readonly string[] = [
  // 1: it was not there when its folder was listed for the first time.
  "ALTER TABLE seen_runs ADD COLUMN appeared INTEGER NOT NULL DEFAULT 0 CHECK (appeared IN (0, 1))",
  "CREATE INDEX seen_existing ON seen_runs (equipment_id, bytes) WHERE existing = 1",
  // Of a million files that are there, those that are not.
  `CREATE INDEX ahead_to_go ON ahead_files (run_path, path, state, since_observed_ms)
    WHERE state IN ('seen', 'going')`,
];
