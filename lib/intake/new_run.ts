/** Making a run's folder, with its records, before an acquisition. */
import { join } from "node:path";
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import type { Equipment } from "../config/mod.ts";
import type { GateSettings } from "../gate/mod.ts";
import {
  checkProjectName,
  KIND_NAMES,
  layoutPathOf,
  leafNames,
  runDir,
  type RunKind,
} from "../records/mod.ts";
import { refuseHardFindings } from "./ask_gate.ts";
import { writeRunRecords } from "./run_records.ts";

export interface NewRunOptions {
  readonly equipment: Equipment;
  readonly project: string;
  readonly kind: RunKind;
  /** Who acquires; in `created_by`. */
  readonly operator: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The folder's name; @default `Run_<UTC minute>`, with `-2`, `-3` … when it is taken */
  readonly leaf?: string;
  /** What the gate is told by the configuration. @default the configuration's own defaults */
  readonly gate?: GateSettings;
  /** What people call this PC (`orchestrator.label`); for the records of staged runs. */
  readonly stationLabel?: string | null;
  readonly clock?: Clock;
}

export interface MadeRun {
  readonly path: string;
  readonly layoutPath: string;
  readonly equipmentId: string;
}

/**
 * @throws LabferryError `unsafe_project_name`, `already_exists`, `root_missing`,
 *   `mode_prefix_mismatch`; `gate_blocked` when the gate would hold the run back
 */
export async function newRun(options: NewRunOptions): Promise<MadeRun> {
  const { equipment, project, kind, clock = systemClock } = options;
  checkProjectName(project);
  await rootThere(equipment);
  const createdAt = clock.now();
  const [minute] = leafNames(kind, createdAt);
  refuseHardFindings({
    root: equipment.localRoot,
    equipmentId: equipment.id,
    project,
    runKind: kind,
    leaf: options.leaf === undefined ? minute! : checkedLeaf(options.leaf, kind),
    variables: options.variables ?? {},
  }, options.gate);
  const runsDir = join(equipment.localRoot, equipment.id, project, KIND_NAMES[kind].folder);
  await Deno.mkdir(runsDir, { recursive: true });
  const leaf = options.leaf === undefined
    ? await firstFree(runsDir, leafNames(kind, createdAt))
    : await exactly(runsDir, options.leaf);
  const layoutPath = layoutPathOf({ project, kind, leaf });
  const path = runDir({ root: equipment.localRoot, equipmentId: equipment.id, layoutPath });
  await writeRunRecords({ ...options, clock, createdAt, path, layoutPath, inLayout: true });
  return { path, layoutPath, equipmentId: equipment.id };
}

/** A root that is missing is a disk that is not there: nothing is made in its place. */
async function rootThere({ id, localRoot }: Equipment): Promise<void> {
  if ((await statOrNull(localRoot))?.isDirectory) return;
  throw new LabferryError("root_missing", `The data root of ${id} is not there`, {
    path: localRoot,
    hint: "attach the disk, or correct local_root in the configuration",
  });
}

async function firstFree(runsDir: string, names: Iterable<string>): Promise<string> {
  for (const name of names) if (await madeExclusively(join(runsDir, name))) return name;
  throw new LabferryError("already_exists", "No free name is left for a run of this minute", {
    path: runsDir,
    hint: "give the run a name of its own with --name",
  });
}

async function exactly(runsDir: string, leaf: string): Promise<string> {
  if (await madeExclusively(join(runsDir, leaf))) return leaf;
  throw new LabferryError("already_exists", `${leaf} exists already`, {
    path: join(runsDir, leaf),
    hint: "choose another --name, or give the folder records with `labferry run adopt`",
  });
}

async function madeExclusively(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** What no file system in between may be trusted with. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[/\\:*?"<>|\u0000-\u001f\u007f]|[. ]$/;

function checkedLeaf(leaf: string, kind: RunKind): string {
  const { prefix } = KIND_NAMES[kind];
  const isSegment = leaf.length > prefix.length && !UNSAFE.test(leaf);
  if (isSegment && leaf.startsWith(prefix)) return leaf;
  throw new LabferryError(
    "mode_prefix_mismatch",
    `${JSON.stringify(leaf)} cannot name a run of kind ${kind}`,
    {
      why: isSegment ? `it does not begin with ${prefix}` : "it is not one safe path segment",
      hint: `a name like ${prefix}2026-04-17T14-32 can`,
    },
  );
}
