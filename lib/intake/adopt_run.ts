/** Giving records to a folder that exists, inside the layout or anywhere. */
import { resolve } from "node:path";
import { LabferryError, systemClock } from "../base/mod.ts";
import {
  checkProjectName,
  findRunAddress,
  KIND_NAMES,
  layoutPathOf,
  leafNames,
} from "../records/mod.ts";
import { refuseHardFindings } from "./ask_gate.ts";
import type { MadeRun, NewRunOptions } from "./new_run.ts";
import { runFolder } from "./run_folder.ts";
import { writeRunRecords } from "./run_records.ts";

export interface AdoptOptions extends Omit<NewRunOptions, "leaf"> {
  readonly dir: string;
  /** Another leaf in its record where the wanted one is taken. @default the wanted one */
  readonly leafFor?: (wanted: string) => Promise<string>;
}

/**
 * @throws LabferryError `not_a_run`, `unknown_equipment`, `unsafe_project_name`, `already_exists`;
 *   `gate_blocked` when the gate would hold the run back for its names or variables
 */
export async function adoptRun(options: AdoptOptions): Promise<MadeRun> {
  const { equipment, project, kind, clock = systemClock, leafFor = unchanged } = options;
  checkProjectName(project);
  const path = await runFolder(options.dir, { hint: "name the folder to adopt" });
  const place = findRunAddress(path);
  if (
    place &&
    (place.equipmentId !== equipment.id || place.project !== project || place.kind !== kind)
  ) {
    throw new LabferryError("not_a_run", "The folder's place says something else", {
      path,
      why: `it lies in ${place.equipmentId}/${place.layoutPath}`,
      hint: "give the equipment, project and kind (--test) that its path names, or move the folder",
    });
  }
  const createdAt = clock.now();
  const layoutPath = place?.layoutPath ??
    layoutPathOf({ project, kind, leaf: await leafFor(leafOf(path, { kind, createdAt })) });
  refuseHardFindings({
    root: place?.root ?? equipment.localRoot,
    equipmentId: equipment.id,
    project,
    runKind: kind,
    leaf: layoutPath.split("/").at(-1)!,
    variables: options.variables ?? {},
  }, options.gate);
  const inLayout = place !== null && resolve(place.root) === resolve(equipment.localRoot);
  await writeRunRecords({ ...options, clock, createdAt, path, layoutPath, inLayout });
  return { path, layoutPath, equipmentId: equipment.id };
}

/** The folder's own name stays recognisable behind the prefix that says what it is. */
export function leafOf(
  path: string,
  { kind, createdAt }: Pick<AdoptOptions, "kind"> & { readonly createdAt: Date },
): string {
  const name = path.split(/[\\/]/).at(-1) ?? "";
  const { prefix } = KIND_NAMES[kind];
  if (name.startsWith(prefix)) return name;
  const [minute] = leafNames(kind, createdAt);
  return `${minute}_${name}`;
}

function unchanged(wanted: string): Promise<string> {
  return Promise.resolve(wanted);
}
