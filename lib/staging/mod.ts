/**
 * staging: what makes this PC an orchestrator, which other PCs push their runs to. Received runs are
 * found, waited for, sent and proven like any other; this room knows what is particular to them.
 *
 * Terms. **Staging area**: the folder `orchestrator.staging_root`, in the layout. **Pusher**: a PC
 * whose equipment has `sync_mode: stage`.
 *
 * Invariants. Whose a received run is says its place in the staging area; an equipment that the
 * configuration does not name goes below `orchestrator.transport`, or nowhere, and is shown.
 */
export { CLEARED_BY_ITSELF, clearingPolicy, clearRun, stagingCleaner } from "./clearing.ts";
export { ingestStateOf } from "./ingest_steps.ts";
export { IngestFollower } from "./ingest_follower.ts";
export { unplacedProblems, withReceived } from "./received_equipment.ts";
export { isOldEnough, OldRecords, RECORDS_STAY_MS } from "./old_records.ts";
export { ReceivedWatch } from "./received_watch.ts";
export { StagingArea } from "./staging_area.ts";
