/**
 * A leaf that no other run of the project has, here or over there: `Run_x`, then `Run_x-2` and so on. Two
 * watched folders may hold runs of one name, and each needs a far path of its own.
 */
import { LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { lstatOrNull } from "../disk/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { layoutPathOf, runDir } from "../records/mod.ts";

export interface FreeLeafOptions {
  readonly project: string;
  readonly equipment: Equipment;
  readonly queue: Pick<Queue, "jobs">;
}

/** A name that is taken so often is no name any more. */
const MOST = 999;

/** @throws LabferryError `already_exists` */
export async function freeLeaf(
  wanted: string,
  { project, equipment, queue }: FreeLeafOptions,
): Promise<string> {
  for (let n = 1; n <= MOST; n++) {
    const leaf = n === 1 ? wanted : `${wanted}-${n}`;
    const layoutPath = layoutPathOf({ project, kind: "experimental", leaf });
    if (queue.jobs.hasFarDir(equipment.id, layoutPath)) continue;
    const local = runDir({ root: equipment.localRoot, equipmentId: equipment.id, layoutPath });
    if (await lstatOrNull(local) === null) return leaf;
  }
  throw new LabferryError("already_exists", `${wanted} is taken ${MOST} times`, {
    hint: "rename the folder",
  });
}
