/** A file or folder in a run: only what concerns it, with the run's record and overrides. */
import { asShown } from "./finding.ts";
import { auditNamedRun } from "./named_run.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";

/** The run's audit, left with what is at or below the part. */
export async function* auditPart(
  part: { readonly run: string; readonly below: string },
  walk: Walk,
): Walking<PlaceAudit> {
  const { run, below } = part;
  const path = `${run}/${below}`;
  const shown = asShown(path);
  const parent = below.slice(0, Math.max(0, below.lastIndexOf("/")));
  // Read from the folder above, where the part's own name is judged among its neighbours.
  const judged = yield* auditNamedRun(run, { walk, loose: false, from: parent });
  return {
    ...judged,
    findings: judged.findings.filter((finding) => isAtOrBelow(finding.offending_path, shown)),
    above: [],
    problems: judged.problems.filter((problem) => isAtOrBelow(problem.path, path)),
  };
}

function isAtOrBelow(path: string, part: string): boolean {
  if (!path.startsWith(part)) return false;
  const next = path[part.length];
  return next === undefined || next === "/" || next === "\\";
}
