/**
 * Version 10: what is asked of all runs of an instrument before each connection (does any lead elsewhere?)
 * and by a page (which does a person keep?) is found, not looked for: the first took 50 ms among a
 * hundred thousand runs.
 */
export const VERSION_10: readonly string[] = [
  "CREATE INDEX jobs_by_destination ON jobs (equipment_id, destination)",
  "CREATE INDEX jobs_pinned ON jobs (n) WHERE pinned = 1",
];
