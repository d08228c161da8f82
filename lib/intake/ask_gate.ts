/** The gate's word on a run that is to be made or adopted, before anything of it is written. */
import { LabferryError } from "../base/mod.ts";
import { checkProposal, type GateSettings, type Proposal } from "../gate/mod.ts";

/**
 * @throws {LabferryError} `gate_blocked` naming the first hard finding: no override can exist yet,
 *   and a name is easily changed now
 */
export function refuseHardFindings(
  proposal: Proposal,
  settings: GateSettings | undefined,
): void {
  const hard = checkProposal(proposal, settings).filter(({ tier }) => tier === "hard");
  const [first] = hard;
  if (first === undefined) return;
  // Of a run that is found by itself this is all that people read.
  const way = first.offending_kind === "directory_segment" ? "; only another name helps" : "";
  const others = hard.length === 1 ? "" : `, and ${hard.length - 1} more`;
  throw new LabferryError("gate_blocked", "The gate would hold this run back", {
    why: `${first.rule}: ${first.rule_detail}${others}${way}`,
    path: first.offending_path,
    hint: "change what is at fault and try again; docs/gate.md says what each rule is for",
  });
}
