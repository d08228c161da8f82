/** What is shown of a run that is not in the queue as it is now. */
import { isWithin } from "../base/mod.ts";
import { fileRunsRoot } from "../intake/mod.ts";
import type { Queue, SeenRow } from "../queue/mod.ts";
import { dataFolderOf } from "../records/mod.ts";
import type { AcquiringView } from "./views.ts";

export function acquiringView(
  row: SeenRow,
  { queue, stateDir }: { readonly queue: Pick<Queue, "seen" | "ahead">; readonly stateDir: string },
): AcquiringView {
  const sum = queue.ahead.sumOf(row.runPath);
  return {
    run_path: row.runPath,
    data_path: dataPathOf(row.runPath, stateDir),
    equipment_id: row.equipmentId,
    phase: row.phase === "odd" ? "odd" : "acquiring",
    since: row.firstSeenAt,
    changed_at: row.changedAt,
    files: row.files,
    bytes: row.bytes,
    waits_for: row.waitsFor ?? "",
    dismissed: queue.seen.dismissalOf(row),
    existing: row.isExisting,
    ahead: sum && { files: sum.files, bytes: sum.bytes, waits_for: sum.waitsFor },
  };
}

/** Only what lies in the state directory is read: a share that hangs must not hold up who asks. */
function dataPathOf(runPath: string, stateDir: string): string {
  return isWithin(runPath, fileRunsRoot(stateDir)) ? dataFolderOf(runPath) ?? runPath : runPath;
}
