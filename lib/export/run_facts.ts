/** What is known of a run beside its files: from its record, and from the queue where there is one. */
import { LabferryError } from "../base/mod.ts";
import { findRunAddress, readCreation, RECORD_FILES, recordPath } from "../records/mod.ts";

export interface RunFacts {
  /** `CONFOCAL_01/Cortex Q3/Runs/Run_…`, or the folder's name for a run outside the layout. */
  readonly identifier: string;
  readonly title: string;
  readonly equipmentId: string | null;
  readonly project: string | null;
  readonly createdAt: string | null;
  readonly createdBy: string | null;
  /** Where it was proven, and when; null where nobody knows. */
  readonly transfer: { readonly destination: string; readonly provenAt: string } | null;
  /** A URL or a sentence; null when none is configured. */
  readonly license: string | null;
}

export async function runFacts(
  runPath: string,
  { transfer, license }: Pick<RunFacts, "transfer" | "license">,
): Promise<RunFacts> {
  const place = findRunAddress(runPath);
  const leaf = runPath.split(/[/\\]/).findLast((part) => part !== "") ?? runPath;
  const record = await creationOf(runPath);
  return {
    identifier: place ? `${place.equipmentId}/${place.layoutPath}` : leaf,
    title: place ? `${place.project}: ${leaf}` : leaf,
    equipmentId: place?.equipmentId ?? null,
    project: place?.project ?? null,
    createdAt: record?.created_at ?? null,
    createdBy: record?.created_by ?? null,
    transfer,
    license,
  };
}

/** A run that was shipped by hand has no record. */
async function creationOf(
  runPath: string,
): Promise<{ created_at: string; created_by: string } | null> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (error instanceof LabferryError && error.code === "record_missing") return null;
    throw error;
  }
}
