/** A lab's `labferry-service.json`, as it is on the disk. */
import { equipmentDir, parseClaim, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import type { ServiceClaim } from "../../lib/records/mod.ts";
import type { Lab } from "./lab.ts";

export async function recordOf(lab: Pick<Lab, "dataRoot">, id: string): Promise<ServiceClaim> {
  const path = recordPath(equipmentDir(lab.dataRoot, id), RECORD_FILES.service);
  return parseClaim(await Deno.readFile(path), path);
}
