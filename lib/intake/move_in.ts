/**
 * Moving a complete run out of the instrument's folder into the layout: by one rename on one disk, where
 * at any instant it is whole at one of the two places; from another disk as `move_across.ts` says. It has
 * no records until it is there; it gets them like every run that an instrument has put into the layout.
 */
import { dirname } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { lstatOrNull, moveFolder, statOrNull } from "../disk/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { layoutPathOf, runDir } from "../records/mod.ts";
import { refuseHardFindings } from "./ask_gate.ts";
import { type AdoptOptions, leafOf } from "./adopt_run.ts";
import { compareFolders } from "./compare_folders.ts";
import { type AcrossOptions, copyAcross, removeMoved } from "./move_across.ts";
import { isHalfMoved, MOVED_MARK, type MovedMark, readMovedMark } from "./moved_mark.ts";

export interface MoveInOptions extends AdoptOptions, AcrossOptions {
  readonly leafFor: (wanted: string) => Promise<string>;
  readonly seen: Pick<Queue["seen"], "wordOn" | "sayComplete">;
}

/**
 * @returns where it is now
 * @throws LabferryError `root_missing`, `gate_blocked`, `already_exists`, as `copyAcross`; `not_a_run`
 *   when its copy was moved on before the old folder was removed; and what the disk says
 */
export async function moveIn(given: string, options: MoveInOptions): Promise<string> {
  const { equipment, seen } = options;
  const root = await statOrNull(equipment.localRoot);
  if (!root?.isDirectory) {
    throw new LabferryError("root_missing", `The data root of ${equipment.id} is not there`, {
      path: equipment.localRoot,
      hint: "attach the disk, or correct local_root in the configuration",
    });
  }
  const from = await Deno.realPath(given);
  const mark = await readMovedMark(from);
  if (mark !== null && await isHalfMoved(from)) {
    return await finishMove(from, { mark, options });
  }
  const realRoot = await Deno.realPath(equipment.localRoot);
  const to = await placeFor(from, { realRoot, options });
  await options.pool.makeFolders([dirname(to)], { root: realRoot, signal: options.signal });
  // Said of the place it comes to, before it is there: said afterwards it could be lost in between.
  const word = seen.wordOn(given);
  if (word !== null) seen.sayComplete(to, word.by);
  const outcome = await moveFolder(from, to);
  if (outcome === "moved") return to;
  if (outcome === "taken") {
    throw new LabferryError("already_exists", `${to} exists already`, {
      path: to,
      hint: "it is tried again under another name",
    });
  }
  const compared = await copyAcross({ from, to, root: realRoot }, options);
  await removeMoved(from, { ...options, mark: (await readMovedMark(from))!, compared });
  return to;
}

/** Its copy has its name: the rest of the old folder goes, each file compared anew. */
async function finishMove(
  from: string,
  { mark, options }: { readonly mark: MovedMark; readonly options: MoveInOptions },
): Promise<string> {
  if (!(await lstatOrNull(mark.moved_to))?.isDirectory) {
    throw new LabferryError("not_a_run", "Its copy is not where it was moved to any more", {
      path: from,
      why: `${mark.moved_to} is not there`,
      hint: `look for it; if it is nowhere, remove ${MOVED_MARK} here and it is taken anew`,
    });
  }
  const without = (path: string) => path === MOVED_MARK;
  const compared = await compareFolders({ here: from, there: mark.moved_to }, {
    ...options,
    without,
  });
  await removeMoved(from, { ...options, mark, compared });
  return mark.moved_to;
}

async function placeFor(
  from: string,
  { realRoot, options }: { readonly realRoot: string; readonly options: MoveInOptions },
): Promise<string> {
  const { equipment, project, kind, leafFor } = options;
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
  return runDir({
    root: realRoot,
    equipmentId: equipment.id,
    layoutPath: layoutPathOf({ project, kind, leaf }),
  });
}
