/**
 * custody: keeps what is proven so, and lets go of local copies. Later passes and the scrub decide when
 * a run is compared again; the pass itself is sync's. The cleaner asks six interlocks, each a pure
 * function over facts that were gathered before, and deletes exactly the files that were proven.
 *
 * Invariants. Nothing is deleted that is not proven, by this generation's passes at this place, whole,
 * within the hour. The certificate is on both sides before the first file goes, and the queue says that
 * it began. A stop at any instant loses nothing: what was begun looks at everything again first. What a
 * person keeps (pin, pause) is never touched, also in the middle of a deletion.
 *
 * Terms. **Interlock**: one thing that has to hold (`sync.md` §6). **Look**: the comparison and the
 * reading that a deletion makes first. **Certificate**: why it may go; **outcome**: what went.
 * **Restore**: the way back, from the queue's list or, without a queue, from the far manifest alone.
 */
export { roomAt } from "./free_space.ts";
export type { CustodyFacts, DeletionPolicy } from "./facts.ts";
export { type EarliestGoing, earliestGoing } from "./earliest.ts";
export { standingPasses } from "./counted_passes.ts";
export { gatherFacts } from "./gather.ts";
export { type Interlock, type InterlockName, INTERLOCKS, type Stand } from "./interlock.ts";
export { type DeletionVerdict, mayDelete } from "./may_delete.ts";
export { type CleaningWork, type LetGo, letGo } from "./cleaning.ts";
export { Cleaner, type CleanerOptions } from "./cleaner.ts";
export { LaterPasses, type LaterPassesOptions } from "./later_passes.ts";
export type { Brought, WantedFile } from "./restore_files.ts";
export { type RestoredFrom, type RestoreFrom, restoreFrom } from "./restore_from.ts";
export { drill, type DrillOutcome, type DrillRun } from "./drill.ts";
export { recordDrill } from "./drill_book.ts";
export { lastGoodDrills } from "./last_drills.ts";
export { Drills, type DrillsOptions } from "./drills.ts";
export { allowedPlace, placeToBe } from "./restore_place.ts";
export { ceilingOf, type Restored, restoreElsewhere, restoreRun } from "./restoring.ts";
export {
  deletionPolicy,
  type PassPolicy,
  passPolicy,
  roomPolicy,
  shortestStayMs,
} from "./policy.ts";
export { DiskWatch, type DiskWatchOptions, type WatchedDisk } from "./disk_watch.ts";
