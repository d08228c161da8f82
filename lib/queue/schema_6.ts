/**
 * Version 6: runs that are files (`rules.md` 25). The run's folder holds its records; its data lies in the
 * instrument's folder, where only names of its group are its own.
 */
export const VERSION_6: readonly string[] = [
  "ALTER TABLE jobs ADD COLUMN data_dir TEXT CHECK (data_dir <> '')",
  // `{"match","group","key"}`, as in the run's file_run.json.
  `ALTER TABLE jobs ADD COLUMN members TEXT
    CHECK ((data_dir IS NULL) = (members IS NULL) AND (members IS NULL OR json_valid(members)))`,
];
