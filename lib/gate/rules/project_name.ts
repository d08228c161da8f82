/** `unsafe_project_name`: a project is used verbatim as one folder, so it has to be one. */
import { projectNameFault } from "../../records/mod.ts";
import type { Hit, Tier } from "../finding.ts";

/** `tier` is hard for a run that is to be made, soft for a folder that exists. */
export function unsafeProjectName(name: string, tier: Tier): Hit | null {
  const fault = projectNameFault(name);
  if (fault === null) return null;
  return {
    rule: "unsafe_project_name",
    tier,
    token: name,
    detail: `a project is one folder of its name, and this name cannot be one: ${fault}`,
  };
}
