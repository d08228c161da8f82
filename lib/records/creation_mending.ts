/**
 * What an older `creation.json` lacks and every reader needs. Written with the first change that is
 * made anyway; a record is never rewritten for this alone.
 */
import type { JsonChange } from "../base/json_edit.ts";
import type { Creation } from "./creation_schema.ts";
import { findRunAddress } from "./layout.ts";
import { unknownLimsProject } from "./lims_project.ts";
import { derivedOverrideId, lacksId } from "./override_id.ts";
import { recordedLayout } from "./own_fields.ts";

/** `template.name` of records that labferry made. */
export const OUR_TEMPLATE = "labferry";

/** `raw` is the record as its text says, `after` as it will be. */
export function mendingEdits(
  raw: Readonly<Record<string, unknown>>,
  after: Creation,
): JsonChange[] {
  return [
    ...derivedIds(raw["validation_overrides"]),
    ...missingLimsProject(raw, after),
  ];
}

/** Since 1.6 every override has an id; one that is derived is the same for every reader. */
function derivedIds(overrides: unknown): JsonChange[] {
  if (!Array.isArray(overrides)) return [];
  return overrides.flatMap((entry, index): JsonChange[] =>
    lacksId(entry)
      ? [{
        kind: "set",
        path: ["validation_overrides", index, "id"],
        value: derivedOverrideId(entry),
      }]
      : []
  );
}

/** Our first versions left it out; of records that others made nothing is made up. */
function missingLimsProject(raw: Readonly<Record<string, unknown>>, after: Creation): JsonChange[] {
  if (after.template.name !== OUR_TEMPLATE || (raw["lims_project"] ?? null) !== null) return [];
  const project = projectOf(after);
  if (project === null) return [];
  return [{ kind: "set", path: ["lims_project"], value: unknownLimsProject(project) }];
}

function projectOf(creation: Creation): string | null {
  const segments = creation.paths.local.split(/[\\/]/).filter((segment) => segment !== "");
  if (creation.level === "project") return segments.at(-1) ?? null;
  const layout = recordedLayout(creation);
  if (layout !== null) return layout.split("/")[1] || null;
  return findRunAddress(creation.paths.local)?.project ?? null;
}
