/** What the gate finds in all roots: the service's audit kept it, a command makes one. */
import type { Clock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { AuditTally, auditTree } from "../gate/mod.ts";
import { unplacedProblems } from "../staging/mod.ts";
import type { ProblemsView } from "./gate_control.ts";
import { auditOptions } from "./gate_settings.ts";

export async function auditNow(config: Config, clock: Clock): Promise<ProblemsView> {
  const { roots, ...options } = auditOptions(config);
  const tally = new AuditTally();
  for (const root of roots) {
    const places = auditTree(root, { ...options, roots, now: clock.now() });
    for await (const place of places) tally.add(place);
  }
  for (const problem of await unplacedProblems(config)) tally.addProblem(problem);
  return problemsView(tally, clock.now());
}

export function problemsView(tally: AuditTally, auditedAt: Date): ProblemsView {
  const { runs, hard, soft, findings, problems, overridden } = tally;
  return { audited_at: auditedAt.toISOString(), runs, hard, soft, findings, problems, overridden };
}
