/**
 * Audit mode: walks what is on the disk and yields each place as soon as it is judged, so that a
 * tree of any size needs the memory of one run. (Creation mode is `checkProposal`; both judge with
 * the same rules.)
 */
import { resolve } from "node:path";
import { setImmediate } from "node:timers";
import { LabferryError } from "../base/mod.ts";
import { AuditCache } from "./audit_cache.ts";
import { auditEquipment, auditRoot } from "./equipment_audit.ts";
import { isProblem, look } from "./look.ts";
import { auditPart } from "./part_audit.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import { auditKindFolder } from "./kind_folder.ts";
import { auditProject } from "./project_audit.ts";
import { auditNamedRun } from "./named_run.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "./settings.ts";
import { targetOf } from "./target.ts";
import { tellingDevices } from "./trust.ts";

export interface AuditOptions {
  /** @default the configuration's defaults */
  readonly settings?: GateSettings;
  /** What earlier audits learned; it is brought up to date. @default nothing */
  readonly cache?: AuditCache;
  /** Every `local_root` and staging root; without them the tree's shape is guessed. */
  readonly roots?: readonly string[];
  /** The equipment below roots; without them every folder with a fitting name. */
  readonly equipmentIds?: readonly string[];
  /**
   * Where each equipment's runs go, by its id, for the length of paths there; for equipment that is
   * not among them the local path counts.
   */
  readonly destinationBases?: Readonly<Record<string, string>>;
  /** For `ship`: the folder is data whatever its place, and needs no records. */
  readonly loose?: boolean;
  readonly signal?: AbortSignal;
  /** @default now */
  readonly now?: Date;
}

/** Longest time between two pauses; a page that is served meanwhile waits no longer. */
const SLICE_MS = 12;

/**
 * Yields the runs, projects, equipment and root at or below `path`: a root, an equipment, a
 * project, a run, or a file or folder in a run. A link is followed only when `path` itself is one.
 *
 * @throws {LabferryError} `not_found` when nothing is at `path`, `unreadable` when it cannot be
 *   looked at; the signal's reason when it aborts
 */
export async function* auditTree(
  path: string,
  options: AuditOptions = {},
): AsyncGenerator<PlaceAudit, void> {
  const walk = walkFor(options);
  const start = await startOf(path);
  walk.cache.begin();
  let sliceEndsMs = performance.now() + SLICE_MS;
  for await (const place of placesAt(start, { walk, options })) {
    options.signal?.throwIfAborted();
    if (place !== undefined) yield place;
    if (performance.now() < sliceEndsMs) continue;
    await pause();
    sliceEndsMs = performance.now() + SLICE_MS;
  }
  walk.cache.forgetUnseen(start);
}

/** Lets timers, requests and signals have their turn; a timer of 0 ms would take 2 ms each time. */
function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(() => resolve()));
}

function walkFor(options: AuditOptions): Walk {
  const settings = options.settings ?? DEFAULT_GATE_SETTINGS;
  return {
    settings,
    extensions: new Set(settings.contentScanExtensions),
    telling: tellingDevices(),
    cache: options.cache ?? new AuditCache(),
    now: options.now ?? new Date(),
    destinationBases: new Map(Object.entries(options.destinationBases ?? {})),
    equipmentIds: options.equipmentIds ? new Set(options.equipmentIds) : null,
  };
}

/** The path with `/` and without a link at its end. */
async function startOf(path: string): Promise<string> {
  const absolute = asSlashes(resolve(path));
  const stat = look(absolute);
  if (!isProblem(stat)) {
    return stat.kind === "symlink" ? asSlashes(await Deno.realPath(absolute)) : absolute;
  }
  throw new LabferryError(
    stat.code === "vanished" ? "not_found" : "unreadable",
    "nothing to audit",
    {
      why: stat.code === "vanished" ? `there is nothing at ${path}` : stat.message,
      path,
      hint: "Name a root, an equipment, a project, a run, or a file in a run.",
    },
  );
}

function asSlashes(path: string): string {
  return Deno.build.os === "windows" ? path.replaceAll("\\", "/") : path;
}

async function* placesAt(
  start: string,
  about: { walk: Walk; options: AuditOptions },
): Walking {
  const { walk, options } = about;
  if (options.loose) return yield yield* auditNamedRun(start, { walk, loose: true });
  const roots = (options.roots ?? []).map((root) => asSlashes(resolve(root)));
  const target = await targetOf(start, roots);
  switch (target.kind) {
    case "root":
      return yield* auditRoot(start, walk);
    case "equipment":
      return yield* auditEquipment({ path: start }, walk);
    case "project":
      return yield* auditProject({ path: target.path }, walk);
    case "kind_folder":
      return yield* auditKindFolder(start, walk);
    case "run":
      yield yield* auditNamedRun(start, { walk, loose: false });
      return;
    case "part":
      yield yield* auditPart(target, walk);
      return;
  }
}

/**
 * Audits one run, with the faults of the folders above it laid at its door.
 *
 * @throws as `auditTree`
 */
export async function auditOneRun(path: string, options: AuditOptions = {}): Promise<PlaceAudit> {
  const walk = walkFor(options);
  const start = await startOf(path);
  const judging = auditNamedRun(start, { walk, loose: options.loose ?? false });
  let sliceEndsMs = performance.now() + SLICE_MS;
  for (let step = await judging.next();; step = await judging.next()) {
    if (step.done) return step.value;
    options.signal?.throwIfAborted();
    if (performance.now() < sliceEndsMs) continue;
    await pause();
    sliceEndsMs = performance.now() + SLICE_MS;
  }
}
