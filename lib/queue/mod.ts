/**
 * queue: what labferry has promised to do and what it has proven so far, in one SQLite database. For
 * `sync`, which moves the jobs, and for everything that shows them. The only room that knows SQLite.
 *
 * Terms. **Job**: a run on its way, one row a run. **Seal round**: one walk over a run, compared with
 * its sealed list. **Generation**: one seal. **Pass**: one whole comparison of a generation with one
 * place. **Hold**: why a job stands still although its state would let it go.
 *
 * Invariants. A call that returns has committed, which outlives a kill, and a power cut too but for
 * what a new start does again (`Connection.transaction`); a call that throws has changed nothing. A job moves only by one guarded UPDATE, and tells of it in
 * `job_events` in the same transaction. CHECKs refuse rows that contradict their state. A hash that
 * is known is replaced only by a seal; a pass passes only when every file of the list matched in it.
 * Lists of files are walked a page at a time: a million files need no more memory than a thousand.
 *
 * Calls block while they work (SQLite is in this process) and at most a second for another process.
 */
export type { ActivityAsked, ActivityPage, RunEvent } from "./activity.ts";
export type { ClaimRequest } from "./claims.ts";
export { HUGE_BYTES, LONGEST_RETRY_WAIT_MS } from "./claims.ts";
export type { FileFilter, HashesSet, RunFiles } from "./files.ts";
export { FarLook, type InTheWay, type NamesThere, type Standing } from "./far_look.ts";
export type { JobsQuery } from "./jobs.ts";
export type { OpenOptions } from "./open.ts";
export type { Move, Stretch } from "./pace.ts";
export type { PassEnd, PassPlace } from "./passes.ts";
export type { PauseRequest } from "./pauses.ts";
export {
  isRunOrder,
  RUN_ORDERS,
  type RunCursor,
  type RunFilter,
  type RunOrder,
  type RunPage,
  type RunsAsked,
} from "./run_list.ts";
export { type HeldRuns, RUN_OUTCOMES, type RunOutcome } from "./run_groups.ts";
export type { FilePage, FilesAsked } from "./file_page.ts";
export { type OpenedQueue, Queue } from "./queue.ts";
export type { WriteFault } from "./write_fault.ts";
export type { SealOptions, TakeSeal } from "./seal_decide.ts";
export type { OriginDifference, StatedHash } from "./origin.ts";
export type { AheadFile, AheadRun, AheadSum } from "./ahead.ts";
export type { ExistingRuns, SeenPhase, SeenRow } from "./seen_runs.ts";
export type { SealChanges } from "./seal_differences.ts";
export { SealRound, type StatDifference } from "./seal_round.ts";
export type { TalliedRuns } from "./tally.ts";
export * from "./timeline.ts";
export * from "./types.ts";
export * from "./words.ts";
