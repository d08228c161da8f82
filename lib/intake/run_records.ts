/**
 * The records of a run that is being made or adopted. The run's own `creation.json` is written
 * first and exclusively: it is what makes the folder a run, and a second adoption ends there.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, LabferryError, utcSeconds } from "../base/mod.ts";
import { type Equipment, stagedCompleteness } from "../config/mod.ts";
import {
  createCreation,
  type CreationDraft,
  equipmentDir,
  type LimsProject,
  logToRun,
  markerName,
  projectTag,
  readCreation,
  RECORD_FILES,
  recordEquipment,
  recordPath,
  type RunKind,
  runLogName,
  unknownLimsProject,
  writeMarker,
} from "../records/mod.ts";
import { equipmentSettings } from "./equipment_records.ts";

export interface RunRecordOptions {
  readonly equipment: Equipment;
  readonly project: string;
  readonly kind: RunKind;
  readonly operator: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly stationLabel?: string | null;
  readonly clock: Clock;
  readonly createdAt: Date;
  readonly path: string;
  readonly layoutPath: string;
  /** False for an adopted folder elsewhere: then the record carries its layout path. */
  readonly inLayout: boolean;
}

export async function writeRunRecords(options: RunRecordOptions): Promise<void> {
  const { equipment, project, kind, path, layoutPath, inLayout, clock } = options;
  const nas = `${equipment.nasRoot.replace(/[\\/]+$/, "")}/${equipment.id}/${layoutPath}`;
  const projectDir = join(equipmentDir(equipment.localRoot, equipment.id), project);
  const creation = await createCreation(recordPath(path, RECORD_FILES.creation), {
    created_at: utcSeconds(options.createdAt),
    created_by: options.operator,
    level: "run",
    run_kind: kind,
    lims_project: await limsProjectOf(projectDir, project),
    paths: { local: path, nas },
    variables: { ...options.variables },
    ...orchestratorOf(options),
    ...ownFieldsOf(options),
  });
  await logMade(options, projectTag(creation, project));
  if (!inLayout) return;
  await writeMarker(recordPath(join(path, ".."), markerName(kind)), {
    kind,
    project,
    equipment: equipment.id,
  }, { clock });
  await projectRecord(options, join(path, "..", ".."), nas);
  const equipmentFolder = equipmentDir(equipment.localRoot, equipment.id);
  await recordEquipment(
    recordPath(equipmentFolder, RECORD_FILES.equipment),
    equipmentSettings(equipment),
    { clock },
  );
}

/**
 * The block of the project's own record. ExLab-Wizard reads no `creation.json` without one, so that
 * a project it does not know gets the stub it would write itself; so does one whose record cannot be
 * read, because an acquisition does not wait for a repair.
 */
async function limsProjectOf(projectDir: string, project: string): Promise<LimsProject> {
  try {
    const { lims_project } = await readCreation(recordPath(projectDir, RECORD_FILES.creation));
    return lims_project ?? unknownLimsProject(project);
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return unknownLimsProject(project);
  }
}

/** The path of a run that lies elsewhere, and how a staged one travels; no block without either. */
function ownFieldsOf(
  { equipment, layoutPath, inLayout }: RunRecordOptions,
): Pick<CreationDraft, "labferry"> {
  const { syncMode, stagedBy } = equipment;
  const labferry = {
    ...(inLayout ? {} : { layout: `${equipment.id}/${layoutPath}` }),
    ...(syncMode === "stage" && stagedBy ? { staged_by: stagedBy } : {}),
  };
  return Object.keys(labferry).length === 0 ? {} : { labferry };
}

/** What travels with a staged run, so that the orchestrator knows whose it is and when it is whole. */
function orchestratorOf(
  { equipment, stationLabel }: RunRecordOptions,
): Pick<CreationDraft, "orchestrator"> {
  if (equipment.syncMode !== "stage") return {};
  const host = hostname();
  return {
    orchestrator: {
      enabled: true,
      host,
      label: stationLabel ?? host,
      equipment_label: equipment.label,
      ...stagedCompleteness(equipment),
    },
  };
}

/** The project's own record; one that another program wrote stands. */
async function projectRecord(
  options: RunRecordOptions,
  projectDir: string,
  nas: string,
): Promise<void> {
  try {
    await createCreation(recordPath(projectDir, RECORD_FILES.creation), {
      created_at: utcSeconds(options.createdAt),
      created_by: options.operator,
      level: "project",
      run_kind: "experimental",
      lims_project: unknownLimsProject(options.project),
      paths: { local: join(projectDir), nas: nas.split("/").slice(0, -2).join("/") },
    });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
  }
}

async function logMade(
  { path, equipment, kind, clock, operator }: RunRecordOptions,
  project: string,
): Promise<void> {
  const host = hostname();
  await logToRun(recordPath(path, runLogName(host)), {
    at: clock.now(),
    level: "INFO",
    host,
    equipmentId: equipment.id,
    project,
    kind,
    run: path.split(/[\\/]/).at(-1) ?? path,
    message: `run created by ${operator}`,
  });
}
