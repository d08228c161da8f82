/**
 * Moving a complete run out of the instrument's folder into the layout, by one rename: at any instant it
 * is whole at one of the two places, and whichever that is finds it. It has no records until it is there;
 * it gets them like every run that an instrument has put into the layout.
 */
import { dirname } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { moveFolder, statOrNull } from "../disk/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { layoutPathOf, runDir } from "../records/mod.ts";
import { refuseHardFindings } from "./ask_gate.ts";
import { type AdoptOptions, leafOf } from "./adopt_run.ts";

export interface MoveInOptions extends AdoptOptions {
  readonly leafFor: (wanted: string) => Promise<string>;
  readonly seen: Pick<Queue["seen"], "wordOn" | "sayComplete">;
}

/**
 * @returns where it is now
 * @throws LabferryError `root_missing`, `gate_blocked`, `already_exists`, `not_a_run` when the layout is
 *   on another disk, and what the disk says
 */
export async function moveIn(from: string, options: MoveInOptions): Promise<string> {
  const { equipment, project, kind, leafFor, seen } = options;
  const root = await statOrNull(equipment.localRoot);
  if (!root?.isDirectory) {
    throw new LabferryError("root_missing", `The data root of ${equipment.id} is not there`, {
      path: equipment.localRoot,
      hint: "attach the disk, or correct local_root in the configuration",
    });
  }
  const createdAt = options.clock?.now() ?? new Date();
  const leaf = await leafFor(leafOf(from, { kind, createdAt }));
  refuseHardFindings({
    root: equipment.localRoot,
    equipmentId: equipment.id,
    project,
    runKind: kind,
    leaf,
    variables: {},
  }, options.gate);
  const layoutPath = layoutPathOf({ project, kind, leaf });
  const realRoot = await Deno.realPath(equipment.localRoot);
  const to = runDir({ root: realRoot, equipmentId: equipment.id, layoutPath });
  await Deno.mkdir(dirname(to), { recursive: true });
  // Said of the place it comes to, before it is there: said afterwards it could be lost in between.
  const word = seen.wordOn(from);
  if (word !== null) seen.sayComplete(to, word.by);
  const outcome = await moveFolder(from, to);
  if (outcome === "moved") return to;
  if (outcome === "other_disk") {
    throw new LabferryError("not_a_run", "It cannot be moved: the layout is on another disk", {
      path: from,
      why: `${dirname(to)} is on another file system`,
      hint: "use intake.mode adopt, or a local_root on the disk of the watched folder",
    });
  }
  throw new LabferryError("already_exists", `${to} exists already`, {
    path: to,
    hint: "it is tried again under another name",
  });
}
