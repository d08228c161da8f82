/** `mode_prefix_mismatch`: the signals that tell an experimental run from a test do not agree. */
import { kindOfFolder, kindOfLeaf } from "../../records/mod.ts";
import { type Fault, gateRule, type RunKindSignals } from "./rule.ts";

export const modePrefixMismatch = gateRule({
  id: "mode_prefix_mismatch",
  mayBeHard: true,
  title: "Experimental run or test run?",
  why: "a test could be taken for data, or data for a test",
  fix: "Move it: Run_… belongs in Runs, TestRun_… in TestRuns, and run_kind has to say the same.",
  judges: { runKind: disagreementOf },
});

function disagreementOf({ parentFolder, leaf, recorded }: RunKindSignals): Fault | null {
  const byParent = kindOfFolder(parentFolder);
  const byLeaf = kindOfLeaf(leaf);
  const agree = byParent !== null && byParent === byLeaf &&
    (recorded === null || recorded === byParent);
  if (agree) return null;
  const says = [
    `folder ${JSON.stringify(parentFolder)} says ${byParent ?? "neither"}`,
    `name ${JSON.stringify(leaf)} says ${byLeaf ?? "neither"}`,
  ];
  if (recorded !== null) says.push(`the record says ${recorded}`);
  return { tier: "hard", token: leaf, detail: `experimental or test? ${says.join(", ")}` };
}
