/** `lims_project`: ExLab-Wizard cannot read a `creation.json` that lacks it. */
import type { Creation } from "./creation_schema.ts";

export type LimsProject = NonNullable<Creation["lims_project"]>;

/** What ExLab-Wizard itself writes for a project that its LIMS does not know. */
export function unknownLimsProject(project: string): LimsProject {
  return {
    uid: "",
    short_id: "",
    name_at_creation: project,
    source: "live",
    cache_freshness_at_use: null,
  };
}

/** How the run log names the project: by its short id where the record has one. */
export function projectTag(
  creation: Pick<Creation, "lims_project"> | null,
  project: string,
): string {
  return creation?.lims_project?.short_id || project;
}
