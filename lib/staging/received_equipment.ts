/**
 * Which equipment other PCs have pushed runs of: the folders below the staging root that hold runs.
 * What the configuration does not name is recognised by its runs, and called what they call it.
 */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { type Config, type Equipment, receivedEquipment, stagingRootOf } from "../config/mod.ts";
import { diskFailure, entriesOf } from "../disk/mod.ts";
import type { Problem } from "../gate/mod.ts";
import { runFoldersOf } from "../intake/mod.ts";
import {
  equipmentDir,
  equipmentIdFault,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";

/** A folder of received runs for which there is no place. */
export interface Unplaced {
  readonly equipmentId: string;
  readonly path: string;
  readonly why: string;
}

export interface ReceivedFolders {
  /** Not in the configuration, and with a destination below `orchestrator.transport`. */
  readonly met: readonly Equipment[];
  readonly unplaced: readonly Unplaced[];
}

/** Runs that are asked what they call their equipment. */
const MOST_ASKED = 20;

/** Looks at the staging root; nothing is written. */
export async function lookForReceived(config: Config): Promise<ReceivedFolders> {
  const root = stagingRootOf(config);
  const met: Equipment[] = [];
  const unplaced: Unplaced[] = [];
  const known = new Set(config.equipment.map(({ id }) => id));
  for (const equipmentId of root === null ? [] : await foldersOf(root)) {
    if (known.has(equipmentId)) continue;
    const { runs } = await runFoldersOf(equipmentDir(root!, equipmentId));
    if (runs.length === 0) continue;
    const label = await labelIn(runs);
    const equipment = await receivedEquipment(equipmentId, { config, label });
    if (typeof equipment !== "string") met.push(equipment);
    else unplaced.push({ equipmentId, path: join(root!, equipmentId), why: equipment });
  }
  return { met, unplaced };
}

/** Received folders without a place, as an audit tells of what it could not judge. */
export async function unplacedProblems(config: Config): Promise<Problem[]> {
  return problemsOf((await lookForReceived(config)).unplaced);
}

export function problemsOf(unplaced: Iterable<Unplaced>): Problem[] {
  return Array.from(
    unplaced,
    ({ path, why }) => ({ path, code: "no_place", message: noPlaceWords(why) }),
  );
}

export function noPlaceWords(why: string): string {
  return `its runs have no place to go: ${why}`;
}

/**
 * The configuration with the equipment whose runs are here now. A staging area that cannot be listed
 * is told of; what is configured is known without it.
 */
export async function withReceived(
  config: Config,
  onTrouble: (error: LabferryError) => void = () => {},
): Promise<Config> {
  try {
    const { met } = await lookForReceived(config);
    return met.length === 0 ? config : { ...config, equipment: [...config.equipment, ...met] };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    onTrouble(error);
    return config;
  }
}

/** @throws LabferryError what the disk says */
async function foldersOf(root: string): Promise<string[]> {
  try {
    const entries = await entriesOf(root);
    return entries.filter(({ isDirectory, name }) => isDirectory && equipmentIdFault(name) === null)
      .map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw diskFailure(error, "The staging area cannot be listed", root);
  }
}

/** As the newest run's `orchestrator` block has it; null when none says so. */
async function labelIn(runs: readonly string[]): Promise<string | null> {
  for (const run of runs.toReversed().slice(0, MOST_ASKED)) {
    try {
      const { orchestrator } = await readCreation(recordPath(run, RECORD_FILES.creation));
      if (orchestrator?.equipment_label) return orchestrator.equipment_label;
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
    }
  }
  return null;
}
