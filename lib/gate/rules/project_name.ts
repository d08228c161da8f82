/** `unsafe_project_name`: a project is used verbatim as one folder, so it has to be one. */
import { projectNameFault } from "../../records/mod.ts";
import { type Fault, gateRule, type Tier } from "./rule.ts";

export const unsafeProjectName = gateRule({
  id: "unsafe_project_name",
  mayBeHard: true,
  title: "A project's name cannot be one folder everywhere",
  why: "its runs would land elsewhere, or nowhere",
  fix: "Choose a name without slashes, leading dots and outer spaces.",
  judges: { project: unsafeIn },
});

function unsafeIn(name: string, tier: Tier): Fault | null {
  const fault = projectNameFault(name);
  if (fault === null) return null;
  return {
    tier,
    token: name,
    detail: `a project is one folder of its name, and this name cannot be one: ${fault}`,
  };
}
