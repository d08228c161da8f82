/** Another computer's share as a tree that is scanned: its runs are read there, and nothing is written. */
import { resolve } from "node:path";
import { isWithin, LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { dataFolderOf, equipmentDir, findRunAddress } from "../records/mod.ts";
import { adoptRun } from "./adopt_run.ts";
import { PulledRuns } from "./pulled_runs.ts";
import { fileRunsRoot } from "./record_folders.ts";
import { lookAtRoot, lookAtWatched, runFoldersOf, watchedFoldersOf } from "./run_folders.ts";
import { about, type RunTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";
import { isBelow } from "./two_roots.ts";

interface PulledTreeOptions {
  readonly equipment: Equipment;
  readonly house: ScanHouse;
}

/** Who made the records of a run whose instrument made none. */
const BY = "labferry";

/** Runs that are folders: in the lab's layout below `local_root` (null), or in a watched folder. */
export function pulledTree(watched: string | null, options: PulledTreeOptions): RunTree {
  const { equipment, house } = options;
  const { clock, stateDir } = house.context;
  const { id, localRoot } = equipment;
  const isLayout = watched === null;
  const now = () => clock.now();
  const runs = new PulledRuns({ equipment, isLayout, stateDir, now });
  const folder = resolve(watched ?? equipmentDir(localRoot, id));
  return overShare({
    path: watched ?? localRoot,
    folder,
    namesOfRun: isLayout ? 3 : 1,
    look: () => isLayout ? lookAtRoot(localRoot, id) : lookAtWatched(watched),
    async runsIn(listed) {
      const { runs: folders, unread } = isLayout
        ? await runFoldersOf(listed)
        : await watchedFoldersOf(listed);
      return { runs: await runs.of(folders), unread };
    },
    covers: (runPath) => runs.folderOf(runPath) !== null,
    dataOf: (runPath) => ({ dir: runs.folderOf(runPath) ?? runPath, members: null }),
    owns(runPath) {
      // Only the state directory is read at once: the share may hang.
      const isRecords = isWithin(runPath, fileRunsRoot(stateDir));
      const data = (isRecords ? dataFolderOf(runPath) : null) ?? runPath;
      const { realPaths = new Map() } = house;
      return isBelow(data, { path: watched ?? localRoot, folder, realPaths });
    },
    runAt: () => null,
    faultOf(runPath) {
      if (runs.folderOf(runPath) !== null) return Promise.resolve(null);
      const place = runs.placeOf(runPath);
      return Promise.resolve("fault" in place ? place.fault : null);
    },
    async prepare(runPath) {
      const address = findRunAddress(runPath);
      if (!address) return null;
      const { project, kind } = address;
      const place = runs.placeOf(runs.folderOf(runPath) ?? runPath);
      const operator = ("fault" in place ? null : place.operator) ?? BY;
      await adoptRun({ dir: runPath, project, kind, operator, ...about(equipment, house) });
      return null;
    },
  }, options);
}

/** The same tree; while the share is not the one that it was, that is the root's state. */
export function overShare(
  tree: RunTree,
  { equipment: { id, pull }, house: { context: { sources } } }: PulledTreeOptions,
): RunTree {
  if (pull === null) return tree;
  const faultOf = () => sources.faultOf(id, tree.path);
  return {
    ...tree,
    isShare: true,
    async look() {
      const fault = await faultOf();
      return fault === null ? await tree.look() : { fault };
    },
    async runsIn(folder) {
      const found = await tree.runsIn(folder);
      // An empty mount point, listed the moment after the share went away, has lost no run.
      const why = await faultOf();
      return why === null ? found : { runs: [], unread: [shareAway(tree.path, why)] };
    },
  };
}

export function shareAway(path: string, why: string): LabferryError {
  return new LabferryError("root_missing", "The share that holds the runs is not what it was", {
    path,
    why,
    hint: "mount it again; the runs on it go on by themselves",
  });
}
