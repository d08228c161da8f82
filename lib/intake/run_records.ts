/**
 * The records of a run that is being made or adopted. The run's own `creation.json` is written
 * first and exclusively: it is what makes the folder a run, and a second adoption ends there.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, LabferryError, utcSeconds } from "../base/mod.ts";
import type { Equipment } from "../config/mod.ts";
import {
  createCreation,
  equipmentDir,
  logToRun,
  markerName,
  RECORD_FILES,
  recordEquipment,
  recordPath,
  type RunKind,
  runLogName,
  writeMarker,
} from "../records/mod.ts";

export interface RunRecordOptions {
  readonly equipment: Equipment;
  readonly project: string;
  readonly kind: RunKind;
  readonly operator: string;
  readonly variables?: Readonly<Record<string, unknown>>;
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
  await createCreation(recordPath(path, RECORD_FILES.creation), {
    created_at: utcSeconds(options.createdAt),
    created_by: options.operator,
    level: "run",
    run_kind: kind,
    paths: { local: path, nas, ...(inLayout ? {} : { layout: `${equipment.id}/${layoutPath}` }) },
    variables: { ...options.variables },
  });
  await logMade(options);
  if (!inLayout) return;
  const equipmentFolder = equipmentDir(equipment.localRoot, equipment.id);
  await writeMarker(recordPath(join(path, ".."), markerName(kind)), {
    kind,
    project,
    equipment: equipment.id,
  }, { clock });
  await projectRecord(options, join(path, "..", ".."), nas);
  await recordEquipment(recordPath(equipmentFolder, RECORD_FILES.equipment), {
    id: equipment.id,
    label: equipment.label,
    configured_local_root: equipment.localRoot,
    configured_nas_root: equipment.nasRoot,
  }, { clock });
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
      paths: { local: join(projectDir), nas: nas.split("/").slice(0, -2).join("/") },
    });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
  }
}

async function logMade(
  { path, equipment, project, kind, clock, operator }: RunRecordOptions,
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
