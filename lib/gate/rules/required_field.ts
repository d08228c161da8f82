/** `missing_required_field`: a record of a version that must have the field, without it. */
import { gateRule } from "./rule.ts";

export const missingRequiredField = gateRule({
  id: "missing_required_field",
  mayBeHard: false,
  title: "A record without a field it should have",
  why: "the data cannot be found by its LIMS project",
  fix: "Find out which program wrote it; the field is written when a run is made.",
  judges: {
    /** `lims_project` came with schema 1.5; older records stay as they are. */
    record({ creation }) {
      if (creation === null || creation.hasLimsProject) return null;
      const { schemaVersion } = creation;
      if (!atLeast(schemaVersion, [1, 5])) return null;
      return {
        tier: "soft",
        token: "lims_project",
        detail: `creation.json ${schemaVersion} has no lims_project; 1.5 and later require it`,
      };
    },
  },
});

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  if (match === null) return false;
  const [ours, theirs] = [Number(match[1]), Number(match[2])];
  return ours > major || (ours === major && theirs >= minor);
}
