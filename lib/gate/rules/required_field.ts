/** `missing_required_field`: a record of a version that must have the field, without it. */
import type { Hit } from "../finding.ts";

export interface RequiredFields {
  /** `MAJOR.MINOR` as the record has it. */
  readonly schemaVersion: string;
  readonly hasLimsProject: boolean;
}

/** `lims_project` came with schema 1.5; older records stay as they are. */
export function missingRequiredField(record: RequiredFields): Hit | null {
  if (record.hasLimsProject || !atLeast(record.schemaVersion, 1, 5)) return null;
  return {
    rule: "missing_required_field",
    tier: "soft",
    token: "lims_project",
    detail: `creation.json ${record.schemaVersion} has no lims_project; 1.5 and later require it`,
  };
}

function atLeast(version: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  if (match === null) return false;
  const [ours, theirs] = [Number(match[1]), Number(match[2])];
  return ours > major || (ours === major && theirs >= minor);
}
