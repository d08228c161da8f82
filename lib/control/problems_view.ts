/** The findings of all roots as people and scripts see them. */
import type { AuditTally } from "../gate/mod.ts";
import type { ProblemsView } from "./gate_control.ts";

export function problemsView(tally: AuditTally, auditedAt: Date): ProblemsView {
  const { runs, hard, soft, findings, problems, overridden } = tally;
  return { audited_at: auditedAt.toISOString(), runs, hard, soft, findings, problems, overridden };
}
