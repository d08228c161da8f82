/**
 * What each minor version of `creation.json` added, and what its absence means. Applied to a copy
 * when reading: an old file is never rewritten just because it is old.
 */
import { withDerivedId } from "./override_id.ts";

interface HistoryRow {
  readonly minor: number;
  /** Dotted; a field within `lims_project` is filled only where that is there. */
  readonly field: string;
  /** What readers take when the field is not there; `"absent"` leaves it out. */
  readonly missing: "absent" | { readonly is: unknown };
}

export const CREATION_HISTORY: readonly HistoryRow[] = [
  { minor: 0, field: "sync_status", missing: { is: "pending" } },
  { minor: 0, field: "plugins_applied", missing: { is: [] } },
  { minor: 1, field: "run_kind", missing: { is: "experimental" } },
  { minor: 2, field: "validation_overrides", missing: { is: [] } },
  { minor: 3, field: "plugins_applied[].isolation", missing: "absent" },
  // 1.4 was withdrawn: its `lims_status` means nothing and stays in the text.
  { minor: 5, field: "lims_project", missing: "absent" },
  // 1.6, the id of an override: derived from the entry's content, below.
  { minor: 7, field: "validation_overrides[].expires_at", missing: "absent" },
  { minor: 8, field: "lims_project.source", missing: { is: "live" } },
  { minor: 8, field: "lims_project.cache_freshness_at_use", missing: { is: null } },
  { minor: 9, field: "orchestrator.equipment_label", missing: "absent" },
  { minor: 9, field: "orchestrator.completeness_signal", missing: "absent" },
  { minor: 9, field: "orchestrator.sentinel_filename", missing: "absent" },
  { minor: 9, field: "orchestrator.manifest_filename", missing: "absent" },
];

type Fields = Record<string, unknown>;

/** A copy of a parsed `creation.json` with every default filled in and every override named. */
export function withDefaults(record: Fields): Fields {
  const filled = { ...record };
  for (const { field, missing } of CREATION_HISTORY) {
    if (missing !== "absent") fill(filled, { keys: field.split("."), value: missing.is });
  }
  const overrides = filled["validation_overrides"];
  if (Array.isArray(overrides)) filled["validation_overrides"] = overrides.map(withDerivedId);
  return filled;
}

function fill(
  record: Fields,
  { keys: [key, ...below], value }: { readonly keys: readonly string[]; readonly value: unknown },
): void {
  if (key === undefined) return;
  if (below.length === 0) {
    if (!Object.hasOwn(record, key)) record[key] = structuredClone(value);
    return;
  }
  const parent = record[key];
  if (!isFields(parent)) return;
  const copy = { ...parent };
  fill(copy, { keys: below, value });
  record[key] = copy;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
