/**
 * A tree of folders in which one equipment's runs are found: its own, `<root>/<EQUIPMENT>/<project>/Runs`,
 * or a folder of the instrument's software that `intake.watch` names, whose sub-folders are the runs.
 * (Runs that are files are a third: `file_tree.ts`.)
 */
import { dirname, join, resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import { isThere } from "../disk/mod.ts";
import {
  equipmentDir,
  type FileGroup,
  findRunAddress,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import { type AdoptOptions, adoptRun } from "./adopt_run.ts";
import { freeLeaf } from "./free_leaf.ts";
import { moveIn } from "./move_in.ts";
import { isHalfMoved, leftWords, readMovedMark } from "./moved_mark.ts";
import { type Placing, placingOf } from "./placing.ts";
import {
  lookAtRoot,
  lookAtWatched,
  type RootLook,
  type RunFolders,
  runFoldersOf,
  watchedFoldersOf,
} from "./run_folders.ts";
import type { ScanHouse } from "./scan_house.ts";

export interface RunData {
  readonly dir: string;
  readonly members: FileGroup | null;
}

export interface RunTree {
  /** What people call its root. */
  readonly path: string;
  /** The folder that is listed and watched, as far as it is known without asking the disk. */
  readonly folder: string;
  /** So many names below that folder name a run. */
  readonly namesOfRun: number;
  look(): Promise<RootLook>;
  runsIn(folder: string): Promise<RunFolders>;
  /** True for a run that belongs below that folder. */
  covers(runPath: string, folder: string): boolean;
  /** Where a run's data lies, and which names there are its own; null: all of them. */
  dataOf(runPath: string): RunData;
  /** The run that a path below the folder (as `namesOfRun` cuts it) belongs to; null: nobody knows. */
  runAt(path: string): string | null;
  /** It is another computer's share: nothing is written there, and file ids say nothing. */
  readonly isShare?: boolean;
  /** True for a run of this tree, where that does not show in its path. @default by its path */
  owns?(runPath: string): boolean;
  /** Why a run cannot be taken whatever its data does; null when it can. */
  faultOf(runPath: string): Promise<string | null>;
  /**
   * Gives a complete run without records what it needs to be admitted. Where it was moved to, when it
   * was: it is found there; null when it stayed.
   */
  prepare(runPath: string, signal: AbortSignal): Promise<string | null>;
  /** True when `prepare` was ended in the midst: it goes on, whatever the run's data says by now. */
  isHalfPrepared?(runPath: string): Promise<boolean>;
}

/** Who made the records of a run whose instrument made none. */
const BY = "labferry";

export function ownTree(equipment: Equipment, house: ScanHouse): RunTree {
  const { id, localRoot } = equipment;
  return {
    path: localRoot,
    folder: resolve(equipmentDir(localRoot, id)),
    namesOfRun: 3,
    look: () => lookAtRoot(localRoot, id),
    runsIn: runFoldersOf,
    dataOf: wholeFolder,
    runAt: (path) => path,
    covers(runPath, folder) {
      const address = findRunAddress(runPath);
      return address !== null && equipmentDir(address.root, address.equipmentId) === folder;
    },
    faultOf: () => Promise.resolve(null),
    async prepare(runPath) {
      const address = findRunAddress(runPath);
      if (!address) return null;
      const { project, kind } = address;
      await adoptRun({ dir: runPath, project, kind, operator: BY, ...about(equipment, house) });
      return null;
    },
  };
}

export function watchedTree(
  path: string,
  { equipment, house }: { readonly equipment: Equipment; readonly house: ScanHouse },
): RunTree {
  const intake = equipment.intake!;
  const placing = (runPath: string) => placingOf(nameOf(runPath), intake);
  return {
    path,
    folder: resolve(path),
    namesOfRun: 1,
    look: () => lookAtWatched(path),
    runsIn: watchedFoldersOf,
    dataOf: wholeFolder,
    runAt: (path) => path,
    covers: (runPath, folder) => dirname(runPath) === folder,
    async faultOf(runPath) {
      const mark = await readMovedMark(runPath);
      if (mark !== null && mark.left !== null) return leftWords(mark);
      const placed = placing(runPath);
      if (!("fault" in placed)) return null;
      // A person may have said where it belongs.
      return await isThere(recordPath(runPath, RECORD_FILES.creation)) ? null : placed.fault;
    },
    isHalfPrepared: isHalfMoved,
    async prepare(runPath, signal) {
      const { project, operator } = placed(placing(runPath), runPath);
      const draft = {
        dir: runPath,
        project,
        kind: "experimental",
        operator: operator ?? BY,
        ...about(equipment, house),
      } as const;
      const { queue, pool } = house.context;
      const leafFor = (wanted: string) => freeLeaf(wanted, { project, equipment, queue });
      // What is half moved is no whole run any more, whatever the configuration says by now.
      if (intake.mode === "adopt" && !await isHalfMoved(runPath)) {
        await adoptRun({ ...draft, leafFor });
        return null;
      }
      const to = await moveIn(runPath, { ...draft, leafFor, seen: queue.seen, pool, signal });
      // Whose it is stands in its old name. Killed before this, it gets records that name nobody.
      if (operator !== null) await recorded({ ...draft, dir: to });
      return to;
    },
  };
}

function wholeFolder(dir: string): RunData {
  return { dir, members: null };
}

/** What the records of a run say beside its place. */
export function about(
  equipment: Equipment,
  { config, context }: ScanHouse,
): Pick<AdoptOptions, "equipment" | "gate" | "stationLabel" | "clock"> {
  return {
    equipment,
    gate: config.validator,
    stationLabel: config.orchestrator.label,
    clock: context.clock,
  };
}

/** The walk of the layout may have found it by now. */
async function recorded(draft: AdoptOptions): Promise<void> {
  try {
    await adoptRun(draft);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
  }
}

function placed(placing: Placing, path: string): Exclude<Placing, { fault: string }> {
  if (!("fault" in placing)) return placing;
  throw new LabferryError("not_a_run", `Nobody can say where it belongs: ${placing.fault}`, {
    path,
    hint:
      "rename the folder, correct intake.project, or say it by hand with `labferry run adopt DIR --equipment ID --project NAME`",
  });
}

function nameOf(runPath: string): string {
  return runPath.slice(join(runPath, "..").length).replace(/^[/\\]/, "");
}
