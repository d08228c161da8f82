/**
 * Version 9: how much came and went over time. What is asked for a stretch of time is found by it: the
 * seals of a day among all there ever were, and the moves of a day. (An event that moves nothing is no
 * move: of a run's dozen events there are four in the index.)
 */
export const VERSION_9: readonly string[] = [
  "CREATE INDEX generations_by_time ON generations (sealed_at, bytes)",
  `CREATE INDEX job_moves_by_time ON job_events (at)
    WHERE from_state IS NULL OR from_state <> to_state`,
];
