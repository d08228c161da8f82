/**
 * Version 5: the list of runs as people look through it. Each order has one index that holds whatever
 * a list is filtered by, so that rows which do not fit are passed over without being read. (SQLite takes
 * an index for covering by stored columns only: what runs come to is derived in `run_list.ts`.)
 */
const FILTERED_BY = "state, hold, alarm_code, verify_passes, equipment_id, far_dir";

/** `A/B/Runs/` of `A/B/Runs/Run_1`, without its last sign. */
const ABOVE = "rtrim(rtrim(far_dir, replace(far_dir, '/', '')), '/')";

export const VERSION_5: readonly string[] = [
  // The folders above "Runs" or "TestRuns"; empty for a run outside of the layout.
  `ALTER TABLE jobs ADD COLUMN project TEXT GENERATED ALWAYS AS
    (rtrim(rtrim(${ABOVE}, replace(${ABOVE}, '/', '')), '/')) VIRTUAL`,
  // When every file was last compared.
  `ALTER TABLE jobs ADD COLUMN proven_at TEXT GENERATED ALWAYS AS
    (ifnull(iif(json_valid(verification), verification ->> '$.at', NULL), verified_at)) VIRTUAL`,
  `CREATE INDEX jobs_list_newest ON jobs (enqueued_ms, n, ${FILTERED_BY})`,
  `CREATE INDEX jobs_list_largest ON jobs (bytes, n, enqueued_ms, ${FILTERED_BY})`,
  `CREATE INDEX jobs_list_name ON jobs (far_dir, n, enqueued_ms, ${
    FILTERED_BY.replace(", far_dir", "")
  })`,
  "CREATE INDEX jobs_by_outcome ON jobs (alarm_code, state, hold, verify_passes, equipment_id)",
  "CREATE INDEX jobs_by_project ON jobs (project)",
  `CREATE INDEX jobs_proven_at ON jobs (proven_at)
    WHERE state IN ('verified', 'cleanup_eligible', 'cleaned') AND verify_passes > 0`,
  // When an instrument was last heard of.
  "CREATE INDEX seen_by_change ON seen_runs (equipment_id, changed_at)",
];
