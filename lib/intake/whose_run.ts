/** Whose run a folder is, and where it belongs: by its place in the tree, or by its own record. */
import { join, resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { type Config, type Equipment, stagingRootOf } from "../config/mod.ts";
import { realPathOrNull } from "../disk/mod.ts";
import {
  type Creation,
  findRunAddress,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import { fileRunsRoot } from "./record_folders.ts";
import { adoptedAddress, type AdoptedAddressOptions } from "./adopted_address.ts";

export interface WhoseRun {
  readonly equipment: Equipment;
  /** `<project>/Runs/<leaf>`. */
  readonly farDir: string;
}

export interface WhoseRunOptions extends Omit<AdoptedAddressOptions, "creation"> {
  readonly config: Config;
  readonly stateDir: string;
}

/** @throws LabferryError `not_a_run`, `unknown_equipment` */
export async function whoseRun(
  runPath: string,
  { config, queue, log, stateDir }: WhoseRunOptions,
): Promise<WhoseRun> {
  const creation = await creationOf(runPath);
  const address = findRunAddress(runPath);
  const { equipmentId, layoutPath } = address ??
    await adoptedAddress(runPath, { creation, queue, log }) ?? refuseStranger(runPath);
  const equipment = config.equipment.find(({ id }) => id === equipmentId);
  if (!equipment) throw unknownEquipment(equipmentId, config);
  if (address && !await isRootOf(address.root, { equipment, config, stateDir })) {
    throw new LabferryError("not_a_run", `${runPath} is not below the root of ${equipmentId}`, {
      path: runPath,
      why: `runs of ${equipmentId} are below ${join(equipment.localRoot, equipmentId)}`,
      hint: "correct local_root in the configuration, or move the run",
    });
  }
  return { equipment, farDir: layoutPath };
}

/** Its own root, the staging area of an orchestrator, or where the records of its files lie. */
async function isRootOf(
  root: string,
  { equipment, config, stateDir }: Pick<WhoseRunOptions, "config" | "stateDir"> & {
    readonly equipment: Equipment;
  },
): Promise<boolean> {
  const stagingRoot = stagingRootOf(config);
  const others = [fileRunsRoot(stateDir), ...(stagingRoot === null ? [] : [stagingRoot])];
  for (const one of [equipment.localRoot, ...others]) {
    if (resolve(root) === resolve(one)) return true;
    if (root === await realPathOrNull(one)) return true;
  }
  return false;
}

export function unknownEquipment(id: string, config: Config): LabferryError {
  const ids = config.equipment.map((equipment) => equipment.id).join(", ");
  return new LabferryError("unknown_equipment", `${id} is not in the configuration`, {
    why: `it has ${ids || "no equipment at all"}`,
    hint: "add the equipment to the configuration file; labferry never guesses whose a run is",
  });
}

function refuseStranger(runPath: string): never {
  throw new LabferryError("not_a_run", `${runPath} is not a run of this lab`, {
    path: runPath,
    why: "it is not at <root>/<EQUIPMENT>/<project>/Runs/<run>, and its record names no such place",
    hint: "give it records with `labferry run adopt`, or send it by hand with `labferry ship`",
  });
}

async function creationOf(runPath: string): Promise<Creation> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "record_missing") throw error;
    throw new LabferryError("not_a_run", `${runPath} has no creation.json`, {
      path: runPath,
      why: "without a record nobody can say later what it is",
      hint: "give it records with `labferry run adopt`, or send it by hand with `labferry ship`",
      cause: error,
    });
  }
}
