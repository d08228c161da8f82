/**
 * intake: how a run comes to have records, and into the queue. `newRun` makes a run's folder before an
 * acquisition, `adoptRun` gives records to a folder that exists, `judge` says whether what was seen of a
 * run is a complete acquisition, `admit` is the one way into the queue.
 *
 * A run that is noticed is in one of three phases:
 *
 * ```
 *                  the signal says so, it is quiet, nobody writes
 *   acquiring ─────────────────────────────────────────────────────► taken (admitted: it has a job)
 *    ▲  │  ▲                                                           │
 *    │  │  └───────────────── its data looks different ────────────────┘
 *    │  │ it is quiet and cannot become complete by itself
 *    │  ▼
 *    odd    back when its data looks different
 * ```
 *
 * A folder that is gone before it was taken is forgotten; one that was renamed goes on under its new
 * name. What `taken` means for the data (sealed, sent, proven) is the job's matter.
 *
 * Invariants. A folder is made exclusively: two instruments that start in the same minute get two
 * runs. A record that exists is never replaced. An adopted folder stays where it is; its record
 * holds the layout path it would have, and that is its far path. A watched folder's runs may be moved
 * into the layout instead: by one rename, before they have records. Whether a run is complete is a pure
 * function of what was seen; no clock that steps completes one early or holds one for ever.
 *
 * Terms. *Signal*: how an instrument says that it is done. *Quiet*: nothing looked different for so
 * long, in time that the service has itself lived through. *Evidence*: how completeness was known; it
 * is kept with the generation.
 */
export { type AdoptOptions, adoptRun } from "./adopt_run.ts";
export { admit, type Admitted, dataOf, enterKnown, type Entrance } from "./admit.ts";
export { type EquipmentFault, resyncEquipment } from "./equipment_records.ts";
export { fileRunsRoot } from "./record_folders.ts";
export { HeadStart, type HeadStartOptions } from "./head_start.ts";
export { heldNow } from "./held_now.ts";
export { type MadeRun, newRun, type NewRunOptions } from "./new_run.ts";
export { type MarkPlan, type Marks, MarkSeeker, planMarks } from "./marks.ts";
export type { RootState } from "./root_watch.ts";
export { runFoldersOf } from "./run_folders.ts";
export { knownRunPath, runFolder } from "./run_folder.ts";
export { forbiddenThere, ruleEvidence } from "./run_rules.ts";
export { judgeDone } from "./signals/done.ts";
export { Scanner, type ScannerOptions } from "./scanner.ts";
export { realPathsOf } from "./two_roots.ts";
export { unknownEquipment } from "./whose_run.ts";
