/** Whether the gate would hold a run as it stands, for somebody who waits for the answer. */
import { isThere } from "../disk/mod.ts";
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import type { SyncContext } from "../sync/mod.ts";

const NEVER = new AbortController().signal;

/** False for a run without records: it is given them first, and until then there is nothing to hold. */
export async function heldNow(
  runPath: string,
  { gatekeeper }: Pick<SyncContext, "gatekeeper">,
): Promise<boolean> {
  if (!await isThere(recordPath(runPath, RECORD_FILES.creation))) return false;
  return (await gatekeeper.judge(runPath, NEVER)).kind === "blocked";
}
