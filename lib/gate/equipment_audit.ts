/** An equipment and a root: their projects one by one, then what they have beside them. */
import { basename } from "node:path";
import { equipmentIdFault, RECORDS_DIR } from "../records/mod.ts";
import { type Finding, findingAt } from "./finding.ts";
import type { Hit } from "./judgements.ts";
import { segmentHits } from "./layout_faults.ts";
import { isProblem, list, type Problem } from "./look.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import { judgeEntries, recordsOfEntries } from "./kind_folder.ts";
import { auditProject, looksLikeProject } from "./project_audit.ts";
import { recordHits } from "./record_reading.ts";
import { maskFindings } from "./verdict.ts";

/** Yields every run and project of the equipment, then the equipment itself. */
export async function* auditEquipment(
  target: { readonly path: string; readonly beside?: readonly Hit[] },
  walk: Walk,
): Walking {
  const { path, beside = [] } = target;
  const listed = await list(path);
  const problems: Problem[] = isProblem(listed) ? [listed] : [];
  const entries = isProblem(listed) ? [] : listed;
  const places = judgeEntries(path, { entries, walk });
  const hits = segmentHits({ name: basename(path), role: "equipmentId", path }, {
    settings: walk.settings,
    projectTier: "soft",
  });
  hits.push(...beside);
  const above = hits.map((hit) => ({ path, hit }));
  for (const { name, beside } of places.folders) {
    const project = `${path}/${name}`;
    // Trash, snapshots and what a replaced copy was moved to live beside projects, dotted.
    if (name.startsWith(".") && !await looksLikeProject(project)) continue;
    yield* auditProject({ path: project, beside, above }, walk);
    yield undefined;
  }
  const records = await recordsOfEntries(path, { entries, walk });
  const findings = [
    ...places.findings,
    ...hits.map((hit) => findingAt({ runPath: path, path, kind: "directory_segment" }, hit)),
    ...recordHits(records.reading, "other").map(({ name, hit }) =>
      findingAt(
        { runPath: path, path: `${path}/${RECORDS_DIR}/${name}`, kind: "file_content" },
        hit,
      )
    ),
  ];
  yield placeAudit("equipment", { path, findings, problems: [...problems, ...records.problems] });
}

/** Yields everything below a `local_root` or staging root. */
export async function* auditRoot(path: string, walk: Walk): Walking {
  const listed = await list(path);
  const entries = isProblem(listed) ? [] : listed;
  const wanted = entries.filter((entry) => isEquipment(entry.name, walk));
  const places = judgeEntries(path, { entries: wanted, walk });
  for (const { name, beside } of places.folders) {
    yield* auditEquipment({ path: `${path}/${name}`, beside }, walk);
  }
  const problems = isProblem(listed) ? [listed] : [];
  yield placeAudit("root", { path, findings: places.findings, problems });
}

/** A root may be a whole disk: only what is, or could be, an equipment is looked at. */
function isEquipment(name: string, walk: Walk): boolean {
  if (walk.equipmentIds !== null) return walk.equipmentIds.has(name);
  return equipmentIdFault(name) === null;
}

function placeAudit(
  kind: "equipment" | "root",
  about: { path: string; findings: readonly Finding[]; problems: readonly Problem[] },
): PlaceAudit {
  return {
    kind,
    path: about.path,
    findings: maskFindings(about.findings, { active: new Set(), syncStatus: null }),
    above: [],
    problems: about.problems,
    syncStatus: null,
    overrides: [],
    entries: 0,
  };
}
