/** What the gate noted when it held a run: the names to mend, for people and for scripts. */
import { relative } from "node:path";
import * as z from "zod";
import type { Control, JobView } from "../control/mod.ts";
import { visible } from "./table.ts";

export interface BlockingFindings {
  /** The first of them (50 are kept). */
  readonly blocking_findings: readonly Blocking[];
  readonly blocking_findings_total: number;
}

const findingsSchema = z.array(z.looseObject({ rule: z.string(), path: z.string() }));
type Blocking = z.output<typeof findingsSchema>[number];

export async function blockingFindings(control: Control, jobId: string): Promise<BlockingFindings> {
  const events = await control.history(jobId);
  const held = events.findLast(({ detail }) => Array.isArray(detail["findings"]));
  const findings = findingsSchema.safeParse(held?.detail["findings"]);
  if (!findings.success) return { blocking_findings: [], blocking_findings_total: 0 };
  const total = held?.detail["findings_total"];
  return {
    blocking_findings: findings.data,
    blocking_findings_total: typeof total === "number" ? total : findings.data.length,
  };
}

/** Findings shown of a longer list; `labferry audit` has them all. */
const MOST_SHOWN = 10;

/** One line each: the rule, and the file as it lies in the run. */
export function blockingLines(
  job: Pick<JobView, "run_path">,
  { blocking_findings: findings, blocking_findings_total: total }: BlockingFindings,
): string[] {
  const shown = findings.slice(0, MOST_SHOWN).map(({ rule, path }) =>
    `${rule.replaceAll("_", " ")}: ${visible(inRun(job.run_path, path))}`
  );
  const more = total - shown.length;
  return more > 0 ? [...shown, `and ${more} more: labferry audit`] : shown;
}

function inRun(runPath: string, path: string): string {
  const inside = relative(runPath, path);
  return inside === "" || inside.startsWith("..") ? path : inside;
}
