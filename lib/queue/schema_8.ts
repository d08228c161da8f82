/**
 * Version 8: what lay in a watched folder before its equipment was first looked after (`rules.md` 26). It
 * is seen and counted, and not looked after.
 */
export const VERSION_8: readonly string[] = [
  "ALTER TABLE seen_runs ADD COLUMN existing INTEGER NOT NULL DEFAULT 0 CHECK (existing IN (0, 1))",
];
