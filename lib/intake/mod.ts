/**
 * intake: how a run comes to have records, and into the queue. `newRun` makes a run's folder before an
 * acquisition, `adoptRun` gives records to a folder that exists, `admit` is the one way into the queue.
 * (Noticing runs and judging that they are complete belongs here too.)
 *
 * Invariants. A folder is made exclusively: two instruments that start in the same minute get two
 * runs. A record that exists is never replaced. An adopted folder stays where it is; its record
 * holds the layout path it would have, and that is its far path.
 */
export { type AdoptOptions, adoptRun } from "./adopt_run.ts";
export { admit, type Admitted, enterKnown, type Entrance } from "./admit.ts";
export { type EquipmentFault, resyncEquipment } from "./equipment_records.ts";
export { type MadeRun, newRun, type NewRunOptions } from "./new_run.ts";
export { runFolder } from "./run_folder.ts";
export { unknownEquipment } from "./whose_run.ts";
