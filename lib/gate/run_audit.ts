/** One run, judged: its folders, its records, its place in the tree. */
import { basename, dirname } from "node:path";
import { RECORDS_DIR } from "../records/mod.ts";
import { type Finding, findingAt } from "./finding.ts";
import { type Hit, hitsOf } from "./judgements.ts";
import { kindOfFolder, kindOfLeaf, type Layout, layoutOf } from "./layout.ts";
import type { TreeContext } from "./reading.ts";
import { runKindHits, segmentHits } from "./layout_faults.ts";
import { isProblem, look, type Problem } from "./look.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import {
  type CreationFacts,
  creationIn,
  hasCreation,
  readRecords,
  recordHits,
  type RecordsReading,
} from "./record_reading.ts";
import { renderedBelow } from "./rendered.ts";
import { utf8Length } from "./utf8_length.ts";
import { contextKey, findingsIn, readTree } from "./tree_reading.ts";
import { activeClasses, maskFindings } from "./verdict.ts";

/** A fault of a folder above runs, before it is laid at a run's door. */
export interface FaultAbove {
  readonly path: string;
  readonly hit: Hit;
}

export interface RunTarget {
  /** Absolute, with `/`. */
  readonly path: string;
  /**
   * `tree`: found where runs live, so its place is judged. `named`: somebody named the folder; its
   * place is judged when it looks like one. `loose`: `ship`, which asks for no records and no place.
   */
  readonly how: "tree" | "named" | "loose";
  /** What only its neighbours in the folder show. */
  readonly beside?: readonly Hit[];
  readonly above?: readonly FaultAbove[];
  /** Judge only this folder of the run (relative, with `/`). */
  readonly from?: string;
}

/** Reads and judges a run, pausing after each folder. */
export async function* auditRun(target: RunTarget, walk: Walk): Walking<PlaceAudit> {
  const { path } = target;
  const earlier = walk.cache.get(path);
  const records = await readRecords(path, {
    earlier: earlier?.records ?? undefined,
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  });
  const creation = creationIn(records.reading);
  const layout = target.how === "loose" ? null : placeOf(target, creation);
  const context = contextOf(path, { walk, layout, creation });
  const key = contextKey(walk.settings, context);
  const from = target.from ?? "";
  const tree = yield* pausing(readTree(path, {
    context,
    earlier: earlier?.context === key ? earlier.folders : undefined,
    from,
  }));
  // A part of a run says nothing about the rest: what was known of that stays.
  if (from === "") {
    walk.cache.set(path, { context: key, records: records.reading, folders: tree.folders });
  }
  const own = [
    ...findingsIn(tree.folders, { runPath: path, path }),
    ...recordFindings(records.reading, { path, name: basename(path), how: target.how }),
    ...placeFindings(target, { walk, layout, creation }),
  ];
  const problems = [...records.problems, ...tree.problems];
  return masked(target, { own, problems, creation, walk, entries: tree.entries });
}

/** A reader's pauses as a walk's. */
export async function* pausing<T>(reading: AsyncGenerator<void, T>): Walking<T> {
  for (let step = await reading.next();; step = await reading.next()) {
    if (step.done) return step.value;
    yield undefined;
  }
}

/** The layout the run is judged by: its own place, or the one an adopted run would have. */
function placeOf(target: RunTarget, creation: CreationFacts | null): Layout | null {
  if (creation?.layout) return layoutOf(creation.layout);
  const own = layoutOf(target.path.split("/").slice(-4).join("/"));
  if (target.how === "tree" || kindOfFolder(basename(dirname(target.path))) !== null) return own;
  if (creation === null) return null;
  const meant = layoutOf(creation.localPath.replaceAll("\\", "/").split("/").slice(-4).join("/"));
  if (meant && kindOfFolder(meant.folder) !== null) return meant;
  return kindOfLeaf(basename(target.path)) === null ? null : own;
}

function contextOf(
  path: string,
  about: { walk: Walk; layout: Layout | null; creation: CreationFacts | null },
): TreeContext {
  const { walk, layout, creation } = about;
  const base = layout === null ? undefined : walk.destinationBases.get(layout.equipmentId);
  const farPath = layout === null || base === undefined
    ? path
    : `${base}/${layout.project}/${layout.folder}/${layout.leaf}`;
  const files = creation?.renderedFiles ?? [];
  const rendered = files.length === 0 ? [] : renderedBelow(files, [path, creation!.localPath]);
  return {
    settings: walk.settings,
    extensions: walk.extensions,
    insideRun: true,
    rendered: new Set(rendered),
    skipAtTop: (entry) => entry.isDirectory && entry.name === RECORDS_DIR,
    farBytes: utf8Length(farPath),
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  };
}

/** Findings about a run's or project's records. */
export function recordFindings(
  reading: RecordsReading,
  about: { path: string; name: string; how: RunTarget["how"]; level?: "project" | "run" },
): Finding[] {
  const { path, name, how, level = "run" } = about;
  const folder = `${path}/${RECORDS_DIR}`;
  const findings = recordHits(reading, level).map(({ name, hit }) =>
    findingAt({ runPath: path, path: `${folder}/${name}`, kind: "file_content" }, hit)
  );
  if (how === "loose") return findings;
  const place = { name, level, hasCreation: hasCreation(reading) };
  for (const hit of hitsOf("provenance", (judge) => judge(place))) {
    findings.push(findingAt({ runPath: path, path, kind: "directory_segment" }, hit));
  }
  return findings;
}

function placeFindings(
  target: RunTarget,
  about: { walk: Walk; layout: Layout | null; creation: CreationFacts | null },
): Finding[] {
  const { path } = target;
  const { walk, layout, creation } = about;
  const options = { settings: walk.settings, projectTier: "soft" } as const;
  const hits = segmentHits({ name: basename(path), role: "leaf", path }, options);
  hits.push(...target.beside ?? []);
  if (layout !== null) hits.push(...runKindHits(layout, creation?.runKind ?? null));
  if (creation?.layout && layout) hits.push(...adoptedHits(layout, path, walk));
  return hits.map((hit) => findingAt({ runPath: path, path, kind: "directory_segment" }, hit));
}

/** Names an adopted run has at the destination only; its own folder's is judged as it is. */
function adoptedHits(layout: Layout, path: string, walk: Walk): Hit[] {
  const options = { settings: walk.settings, projectTier: "soft" } as const;
  const roles = ["equipmentId", "project", "leaf"] as const;
  return roles
    .filter((role) => layout[role] !== basename(path))
    .flatMap((role) => segmentHits({ name: layout[role], role, path }, options));
}

function masked(
  target: RunTarget,
  seen: {
    own: readonly Finding[];
    problems: readonly Problem[];
    creation: CreationFacts | null;
    walk: Walk;
    entries: number;
  },
): PlaceAudit {
  const { path } = target;
  const overrides = seen.creation?.overrides ?? [];
  const syncStatus = seen.creation?.syncStatus ?? null;
  const mask = { active: activeClasses(overrides, seen.walk.now), syncStatus };
  const above = (target.above ?? []).map(({ path: at, hit }) =>
    findingAt({ runPath: path, path: at, kind: "directory_segment" }, hit)
  );
  return {
    kind: "run",
    path,
    findings: maskFindings(seen.own, mask),
    above: above.length === 0 ? above : maskFindings(above, mask),
    problems: seen.problems,
    syncStatus,
    overrides,
    entries: seen.entries,
  };
}

/** The overrides of the record at `path`, for masking what concerns several runs at once. */
export async function overrideClassesOf(
  path: string,
  walk: Walk,
): Promise<ReadonlySet<string>> {
  const stat = look(path);
  if (isProblem(stat)) return new Set();
  const earlier = walk.cache.get(path)?.records ?? undefined;
  const { reading } = await readRecords(path, {
    earlier,
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  });
  return activeClasses(creationIn(reading)?.overrides ?? [], walk.now);
}
