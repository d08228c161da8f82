/** What people read when a tree is another labferry's. */
import { LabferryError } from "../base/mod.ts";
import type { Answer } from "./tree_claim.ts";
import { claimFile } from "./tree_file.ts";

/** Worded so that it stays the same while nothing changes: it is logged and shown once. */
export function refusalOf(
  tree: { readonly equipmentId: string; readonly folder: string },
  answer: Exclude<Answer, { kind: "take" | "ours" }>,
): LabferryError {
  const { equipmentId, folder } = tree;
  const path = claimFile(folder);
  if (answer.kind === "unusable") {
    return new LabferryError(
      "tree_served",
      `Nobody can say who looks after ${equipmentId}'s runs`,
      {
        path,
        why: answer.why,
        hint: `look at ${path}; if no other labferry looks after that tree, delete it`,
      },
    );
  }
  const { claim } = answer;
  const who = `labferry ${claim.installation.slice(0, 8)} on ${claim.host || "a computer"}`;
  if (answer.kind === "another") {
    return new LabferryError("tree_served", `Another labferry looks after ${equipmentId}'s runs`, {
      path,
      why: `${who} said so last on ${claim.time.slice(0, 10)}`,
      hint:
        "leave the tree to it; or stop it there for good, and run `labferry installation keep` here",
    });
  }
  const other = claim.contestedBy ?? claim;
  return new LabferryError(
    "installation_twice",
    `Two services with one id look after ${equipmentId}'s runs`,
    {
      path,
      why: `${who} and one on ${other.host || "a computer"} say so: a state directory was copied`,
      hint:
        "stop one of them, or run `labferry installation new` there; then run `labferry installation keep` here",
    },
  );
}
