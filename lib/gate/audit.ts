/**
 * Audit mode: judges what is on the disk and yields each place as soon as it is judged, so that a
 * tree of any size needs the memory of one run. (Creation mode is `checkProposal`; both ask the same
 * rules.)
 */
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { judgeNamedRun, judgePart } from "./judge_run.ts";
import { judgeEquipment, judgeProject, judgeRoot, judgeRunsFolder } from "./judge_tree.ts";
import { isProblem } from "./look.ts";
import type { PlaceAudit } from "./place_audit.ts";
import { placeAt } from "./places.ts";
import { type AuditOptions, type Walk, walkFor } from "./walk.ts";

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
  const start = await startOf(path, walk);
  walk.cache.begin();
  for await (const place of placesAt(start, { walk, options })) {
    await walk.pace.step();
    yield place;
  }
  walk.cache.forgetUnseen(start);
}

/**
 * Audits one run, together with the faults of the folders above it.
 *
 * @throws as `auditTree`
 */
export async function auditOneRun(path: string, options: AuditOptions = {}): Promise<PlaceAudit> {
  const { loose = false } = options;
  const walk = walkFor(options);
  return await judgeNamedRun(await startOf(path, walk), { walk, loose });
}

/** The path with `/` and without a link at its end. */
async function startOf(path: string, { shares }: Walk): Promise<string> {
  const absolute = asSlashes(resolve(path));
  const stat = await shares.silence(absolute) ?? await shares.looksAt(absolute).look(absolute);
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
): AsyncGenerator<PlaceAudit, void> {
  const { walk, options } = about;
  if (options.loose) return yield await judgeNamedRun(start, { walk, loose: true });
  const roots = (options.roots ?? []).map((root) => asSlashes(resolve(root)));
  const place = await placeAt(start, roots);
  switch (place.kind) {
    case "root":
      return yield* judgeRoot(start, walk);
    case "equipment":
      return yield* judgeEquipment({ path: start }, walk);
    case "project":
      return yield* judgeProject({ path: place.path }, walk);
    case "runs_folder":
      return yield* judgeRunsFolder(start, walk);
    case "run":
      return yield await judgeNamedRun(start, { walk, loose: false });
    case "part":
      return yield await judgePart(place, walk);
  }
}
