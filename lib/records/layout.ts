/**
 * The tree of a lab's data: `<root>/<EQUIPMENT_ID>/<project>/{Runs,TestRuns}/<leaf>`, and the names
 * of the records in it (`records.md`, "Tree").
 */
import { join, resolve, sep } from "node:path";
import { LabferryError } from "../base/mod.ts";

export type RunKind = "experimental" | "test";

export const RUN_KINDS = ["experimental", "test"] as const satisfies readonly RunKind[];

/** The folder that holds the records of an equipment, a project, a run, or its runs' folder. */
export const RECORDS_DIR = ".exlab-wizard";

export const RECORD_FILES = {
  creation: "creation.json",
  equipment: "equipment.json",
  runs: "runs.json",
  testRuns: "test_runs.json",
  ingest: "ingest.json",
  checksums: "checksums.sha256",
  /** Beside a received run: what the orchestrator has proven at the NAS. */
  nasChecksums: "nas_checksums.sha256",
  transfer: "transfer.json",
  certificate: "cleanup_certificate.json",
  outcome: "cleanup_outcome.json",
  transferLock: "transfer.lock",
  /** In an equipment's folder: which labferry looks after the tree. */
  service: "labferry-service.json",
} as const;

/** Where runs of a kind live, and what their leaf begins with. */
export const KIND_NAMES: Readonly<Record<RunKind, { folder: string; prefix: string }>> = {
  experimental: { folder: "Runs", prefix: "Run_" },
  test: { folder: "TestRuns", prefix: "TestRun_" },
};

/** Where a run stands in the tree. */
export interface RunAddress {
  /** The folder above the equipment: a `local_root` or the staging root; `""` in `addressOfLayout`. */
  readonly root: string;
  readonly equipmentId: string;
  readonly project: string;
  /** By the parent folder. */
  readonly kind: RunKind;
  /** By the leaf's prefix; it has to agree with `kind`, and the gate says so when it does not. */
  readonly prefixKind: RunKind;
  readonly leaf: string;
  /** `<project>/Runs/<leaf>`: the path below the equipment, with `/` on every system. */
  readonly layoutPath: string;
}

/**
 * Reads a run's address from its directory's path. The project is taken as it is: whether its name is
 * fit is asked for new runs (`project_name.ts`) and found by the gate in old ones.
 *
 * @throws {LabferryError} `not_a_run`
 */
export function runAddressOf(directory: string): RunAddress {
  const address = addressOfDirectory(directory);
  if (typeof address !== "string") return address;
  throw notARun(resolve(directory), address);
}

/** As `runAddressOf`, null for a directory that is not a run's. */
export function findRunAddress(directory: string): RunAddress | null {
  const address = addressOfDirectory(directory);
  return typeof address === "string" ? null : address;
}

/**
 * Reads `<EQUIPMENT_ID>/<project>/Runs/<leaf>`, as `paths.layout` of an adopted run and `run_path`
 * of `ingest.json` hold it.
 *
 * @throws {LabferryError} `not_a_run`
 */
export function addressOfLayout(path: string): RunAddress {
  const address = addressOfNames(layoutNamesOf(path), "");
  if (typeof address !== "string") return address;
  throw notARun(path, address);
}

function addressOfDirectory(directory: string): RunAddress | string {
  const absolute = resolve(directory);
  const root = resolve(absolute, "../../../..");
  return addressOfNames(layoutNamesOf(absolute.split(sep).slice(-4).join("/")), root);
}

/** The address, or why there is none. */
function addressOfNames(names: LayoutNames | null, root: string): RunAddress | string {
  if (names === null) return "its path is not <root>/<EQUIPMENT>/<project>/Runs/<run>";
  const { equipmentId, project, folder, leaf } = names;
  const kind = kindOfFolder(folder);
  if (!kind) return `its parent folder is ${folder}, not Runs or TestRuns`;
  const prefixKind = kindOfLeaf(leaf);
  if (!prefixKind) return `its name begins neither with Run_ nor with TestRun_`;
  const fault = equipmentIdFault(equipmentId);
  if (fault) return fault;
  const layoutPath = layoutPathOf({ project, kind, leaf });
  return { root, equipmentId, project, kind, prefixKind, leaf, layoutPath };
}

/** The four names of a layout, whatever they are: whether they are fit is judged elsewhere. */
export interface LayoutNames {
  readonly equipmentId: string;
  readonly project: string;
  readonly folder: string;
  readonly leaf: string;
}

/** Reads `<EQUIPMENT_ID>/<project>/<folder>/<leaf>`; null when it does not have four names. */
export function layoutNamesOf(path: string): LayoutNames | null {
  const [equipmentId, project, folder, leaf, ...more] = path.split("/");
  if (!equipmentId || !project || !folder || !leaf || more.length > 0) return null;
  return { equipmentId, project, folder, leaf };
}

/** The kind of run a folder is for; null for any other folder. */
export function kindOfFolder(folder: string): RunKind | null {
  return RUN_KINDS.find((kind) => KIND_NAMES[kind].folder === folder) ?? null;
}

/** The kind a run's own name claims; null when it has neither prefix. */
export function kindOfLeaf(leaf: string): RunKind | null {
  return RUN_KINDS.find((kind) => leaf.startsWith(KIND_NAMES[kind].prefix)) ?? null;
}

/** `<project>/Runs/<leaf>`. */
export function layoutPathOf(
  { project, kind, leaf }: Pick<RunAddress, "project" | "kind" | "leaf">,
): string {
  return `${project}/${KIND_NAMES[kind].folder}/${leaf}`;
}

function notARun(path: string, why: string): LabferryError {
  return new LabferryError("not_a_run", `${path} is not a run`, {
    why,
    path,
    hint: "Name a run's folder, or give it records with `labferry run adopt`.",
  });
}

/** Why `id` cannot name an equipment; null when it can. */
export function equipmentIdFault(id: string): string | null {
  if (id.length <= 32 && /^[A-Z][A-Z0-9_]*$/.test(id)) return null;
  return `${JSON.stringify(id)} is not an equipment id (capital letters, digits and _, at most 32)`;
}

export function equipmentDir(root: string, equipmentId: string): string {
  return join(root, equipmentId);
}

/** The folder of a run. */
export function runDir(
  { root, equipmentId, layoutPath }: Pick<RunAddress, "root" | "equipmentId" | "layoutPath">,
): string {
  return join(root, equipmentId, ...layoutPath.split("/"));
}

/** `<directory>/.exlab-wizard/<name>`. */
export function recordPath(directory: string, name: string): string {
  return join(directory, RECORDS_DIR, name);
}

/** Where a restore stages beside data that has no records; one that was killed leaves it. */
export const RESTORE_STAGE = ".labferry-restore";

/**
 * True for a path (relative to a run, with `/`) of a record, or of what a restore has staged;
 * everything else is data.
 */
export function isRecordPath(relative: string): boolean {
  return [RECORDS_DIR, RESTORE_STAGE].some((name) =>
    relative === name || relative.startsWith(`${name}/`)
  );
}

/** Beside the records: where files that come back are until they are known to be the right ones. */
export const RESTORE_DIR = "restore";

/**
 * True for names beside the records that mean something on this machine only: lock files and
 * temporary files, ours and other programs', and what a restore brings. They are never sent and never
 * a finding.
 */
export function isNeverSynced(relative: string): boolean {
  const [folder, name, ...more] = relative.split("/");
  if (folder === RECORDS_DIR && name === RESTORE_DIR && more.length > 0) return true;
  return folder === RECORDS_DIR && name !== undefined && more.length === 0 &&
    (name.endsWith(".lock") || name.endsWith(".tmp"));
}
