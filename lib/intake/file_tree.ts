/** A folder of the instrument's software in which files are the runs, as a tree that is scanned. */
import { dirname, join, resolve } from "node:path";
import { isWithin, LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { diskFailure } from "../disk/mod.ts";
import { dataFolderOf, type FileGroup, findRunAddress } from "../records/mod.ts";
import { adoptRun } from "./adopt_run.ts";
import { FileRuns } from "./file_runs.ts";
import { placingOf } from "./placing.ts";
import { fileRunsRoot } from "./record_folders.ts";
import { lookAtWatched, type RunFolders } from "./run_folders.ts";
import { about, type RunTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";

export function fileTree(
  path: string,
  { equipment, house }: { readonly equipment: Equipment; readonly house: ScanHouse },
): RunTree {
  const { queue, clock, stateDir } = house.context;
  let runs = filesIn(house.realPaths?.get(path) ?? resolve(path));
  function filesIn(folder: string): { readonly folder: string; readonly files: FileRuns } {
    const now = () => clock.now();
    return { folder, files: new FileRuns({ equipment, folder, stateDir, queue, now }) };
  }
  return {
    path,
    folder: resolve(path),
    namesOfRun: 1,
    look: () => lookAtWatched(path),
    async runsIn(folder): Promise<RunFolders> {
      if (folder !== runs.folder) runs = filesIn(folder);
      try {
        return { runs: await runs.files.list(), unread: [] };
      } catch (error) {
        const failure = diskFailure(error, `${folder} cannot be listed`, folder);
        if (!(failure instanceof LabferryError)) throw failure;
        return { runs: [], unread: [failure] };
      }
    },
    // Only the state directory is read at once: any other place may be on a share that hangs.
    owns: (runPath) =>
      dirname(runPath) === runs.folder ||
      isWithin(runPath, fileRunsRoot(stateDir)) && dataFolderOf(runPath) === runs.folder,
    covers: (runPath) => runs.files.groupOf(runPath) !== null,
    dataOf: (runPath) => ({ dir: runs.folder, members: runs.files.groupOf(runPath) ?? NOTHING }),
    runAt: (at) => dirname(at) === runs.folder ? runs.files.runOf(nameOf(at)) : null,
    faultOf(runPath) {
      if (dirname(runPath) !== runs.folder) return Promise.resolve(null);
      const placed = placingOf(nameOf(runPath), equipment.intake!);
      return Promise.resolve("fault" in placed ? placed.fault : runs.files.faultOf(runPath));
    },
    async prepare(runPath) {
      const address = findRunAddress(runPath);
      if (!address) return null;
      const { project, kind } = address;
      const operator = operatorOf(runs.files.groupOf(runPath)?.key ?? "", equipment);
      await adoptRun({ dir: runPath, project, kind, operator, ...about(equipment, house) });
      return null;
    },
  };
}

/** Of a run that nobody knows any more no file of the folder is. */
const NOTHING: FileGroup = { match: "*", group: "stem", key: "" };

/** Who made the records of a run whose instrument made none. */
const BY = "labferry";

function operatorOf(key: string, { intake }: Equipment): string {
  const placed = placingOf(key, intake!);
  return ("fault" in placed ? null : placed.operator) ?? BY;
}

function nameOf(path: string): string {
  return path.slice(join(path, "..").length).replace(/^[/\\]/, "");
}
