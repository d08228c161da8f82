/** `orphan`: a project or run whose provenance is missing. */
import type { Hit } from "../finding.ts";

export function orphan(folder: { name: string; level: "project" | "run" }): Hit {
  return {
    rule: "orphan",
    tier: "soft",
    token: folder.name,
    detail: `a ${folder.level} without .exlab-wizard/creation.json: nothing says what it is`,
  };
}
