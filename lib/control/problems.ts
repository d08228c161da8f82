/** What the gate finds in all roots: the service's audit kept it, a command makes one. */
import { type Clock, LabferryError } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { AuditTally, auditTree, type Problem } from "../gate/mod.ts";
import { unplacedProblems } from "../staging/mod.ts";
import type { Trees } from "../sync/mod.ts";
import type { ProblemsView } from "./gate_control.ts";
import { auditOptions } from "./gate_settings.ts";

export async function auditNow(
  config: Config,
  { clock, trees }: { readonly clock: Clock; readonly trees: Trees },
): Promise<ProblemsView> {
  const { roots, ...options } = auditOptions(config);
  const tally = new AuditTally();
  for (const root of roots) {
    try {
      const places = auditTree(root, { ...options, roots, now: clock.now() });
      for await (const place of places) tally.add(place);
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      tally.addProblem({ path: root, code: "unreadable", message: error.message });
    }
  }
  for (const problem of await unplacedProblems(config)) tally.addProblem(problem);
  for (const problem of await servedProblems(config, trees)) tally.addProblem(problem);
  return problemsView(tally, clock.now());
}

/** Trees in which this labferry does nothing, because another one looks after them. */
export async function servedProblems(
  { equipment }: Pick<Config, "equipment">,
  trees: Trees,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { id } of equipment) {
    const refusal = await trees.refusal(id);
    if (refusal === null) continue;
    const { message, hint = "", path = "" } = refusal;
    problems.push({ path, code: "tree_served", message: `${message} (${hint})` });
  }
  return problems;
}

export function problemsView(tally: AuditTally, auditedAt: Date): ProblemsView {
  const { runs, hard, soft, findings, problems, overridden } = tally;
  return { audited_at: auditedAt.toISOString(), runs, hard, soft, findings, problems, overridden };
}
