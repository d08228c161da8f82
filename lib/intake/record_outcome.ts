/**
 * How a run ended, as its instrument told, in the run's own record: whoever reads the data later has
 * no queue. Where the record cannot be written it is the generation's evidence alone that says so.
 */
import { LabferryError } from "../base/mod.ts";
import { mayHaveRecord, type SyncContext } from "../sync/mod.ts";
import { RECORD_FILES, recordPath, setOwnFields } from "../records/mod.ts";
import type { RuleEvidence } from "./run_rules.ts";

const LOCK_WAIT_MS = 3_000;

export async function recordOutcome(
  runPath: string,
  { outcome, log }: Pick<RuleEvidence, "outcome"> & Pick<SyncContext, "log">,
): Promise<void> {
  if (outcome === undefined) return;
  try {
    if (!await mayHaveRecord(runPath)) return;
    const path = recordPath(runPath, RECORD_FILES.creation);
    await setOwnFields(path, { outcome }, { lockTimeoutMs: LOCK_WAIT_MS });
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    const { code, message } = error;
    log("warn", `How the run ended is not in its record: ${message}`, { run: runPath, code });
  }
}
