/** `<state>/scratch`: lists and snapshots of one piece of work each, named by the process it is of. */
import { join } from "node:path";
import { errnoOf } from "../disk/mod.ts";
import { markLives, ownMark } from "../process/mod.ts";
import type { StateDir } from "./state_dir.ts";

/** A folder for one question; whoever asked removes it, and `sweepScratch` what a kill left. */
export async function makeScratch(dir: StateDir): Promise<string> {
  return await Deno.makeTempDir({ dir: dir.scratchDir, prefix: `job-${ownMark()}-` });
}

/**
 * Removes what works of dead processes left behind; a `ship` or a service that is alive keeps its
 * own. Called at each start of either. Two sweepers at once are no fault of each other's.
 */
export async function sweepScratch(dir: StateDir): Promise<void> {
  for await (const { name } of Deno.readDir(dir.scratchDir)) {
    if (!OURS.test(name)) continue;
    const mark = /^job-(\d+(?:\.\d+)?)-/.exec(name)?.[1];
    if (mark !== undefined && mark !== ownMark() && markLives(mark)) continue;
    try {
      await Deno.remove(join(dir.scratchDir, name), { recursive: true });
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
}

/** `init-` and `ask-` named no process; nothing makes them any more. */
const OURS = /^(job|init|ask)-/;
