/**
 * What a staged run's record says. A push into a staging area hands a run over; that it is on the
 * NAS, only the orchestrator can say, and does so in `ingest.json`.
 */
import type { SyncStatus } from "./creation_schema.ts";
import type { Ingest } from "./ingest.ts";
import { ingestFault } from "./ingest_states.ts";

const ON_THE_NAS: ReadonlySet<string> = new Set(["sync_verified", "cleared"]);

/**
 * `status` as it may be said of a run that goes to a staging area: `synced` is `pending` ("handed
 * over") until an `ingest.json` that agrees with itself says `sync_verified`; null for one that is
 * not there or cannot be read. Every other word stays.
 *
 * That the orchestrator's manifest covers this generation is the caller's to know: after new data it
 * passes null, whatever the file still says.
 */
export function stagedStatus(status: SyncStatus, ingest: Ingest | null): SyncStatus {
  return status !== "synced" || isOnTheNas(ingest) ? status : "pending";
}

/** True when the orchestrator has compared the run with its copy on the NAS. */
export function isOnTheNas(ingest: Ingest | null): boolean {
  return ingest !== null && ingestFault(ingest) === null && ON_THE_NAS.has(ingest.current_state);
}
