/**
 * process: the only room that starts programs. rclone, rsync, ssh, hooks and probes run through
 * `runTool`, which returns what became of them as a value.
 *
 * Invariants. No shell sees an argument. Every tool runs in a session of its own and is ended with
 * everything it started: a polite signal, then after a grace the one that cannot be ignored. Pipes
 * are always read; memory is bounded whatever a tool writes, and of a flood only its ends are heard. Nothing is waited for without a bound.
 *
 * Terms. *Outcome*: exited, not found, cancelled or timed out. *Forced*: the polite signal was not
 * enough. *Token*: the mark in the environment (`LABFERRY_JOB`) by which a restarted labferry knows
 * its own leftovers.
 *
 * On Windows there are no process groups: a tool is ended at once with what it started, and leftovers
 * are known by the service that started them.
 */
export { findTool, type FoundTool } from "./find_tool.ts";
export { JOB_VARIABLE, jobToken } from "./job_token.ts";
export { accessOf, type AccessSeen, closeToOthers, letUsersRead } from "./access_list.ts";
export { endLeftovers } from "./leftovers.ts";
export { endOrphansOf } from "./orphans.ts";
export { markLives, ownMark } from "./process_mark.ts";
export {
  type Mounted,
  mountedNow,
  nearestMount,
  parseMountInfo,
  unescapedField,
} from "./mount_info.ts";
export {
  isShared,
  type OpenFile,
  type OpenFiles,
  openForWriting,
  openForWritingLately,
} from "./open_files.ts";
export { type CpuTimes, cpuTimesNow, programsNow, type ProgramsSeen } from "./programs.ts";
export { runTool } from "./run_tool.ts";
export { succeeded, type ToolExit, type ToolOutcome, type ToolRun } from "./tool_run.ts";
export { ANSWER_MS, ShareSilence } from "./share_silence.ts";
