/** The only changes a `creation.json` may see after its first write, as edits of its text. */
import { isDeepStrictEqual } from "node:util";
import { LabferryError } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import type { JsonChange } from "../base/json_edit.ts";
import { type Creation, SYNC_STATUSES } from "./creation_schema.ts";
import { derivedOverrideId, lacksId } from "./override_id.ts";
import { entryFault } from "./override_entries.ts";
import { OUR_VERSIONS, type SchemaVersion, stampOver } from "./versions.ts";

interface Change {
  readonly path: string;
  readonly document: JsonDocument;
  readonly version: SchemaVersion;
  readonly before: Creation;
  readonly after: Creation;
}

/**
 * The edits that lead from `before` to `after`; none when they are equal. With the first edit go
 * the version stamp and the derived ids of overrides that were written without one.
 *
 * @throws {LabferryError} `change_refused` for any change but `sync_status` and new overrides
 */
export function changesBetween(change: Change): JsonChange[] {
  const { before, after, document, version } = change;
  refuseOtherChanges(change);
  const edits: JsonChange[] = [];
  if (after.sync_status !== before.sync_status) {
    edits.push({ kind: "set", path: ["sync_status"], value: after.sync_status });
  }
  const added = after.validation_overrides.slice(before.validation_overrides.length);
  const raw = (document.value as Record<string, unknown>)["validation_overrides"];
  if (added.length > 0 && raw === undefined) {
    edits.push({ kind: "set", path: ["validation_overrides"], value: added });
  } else {
    for (const value of added) {
      edits.push({ kind: "append", path: ["validation_overrides"], value });
    }
  }
  if (edits.length === 0) return [];
  const stamp = stampOver(version, OUR_VERSIONS.creation);
  return [
    { kind: "set", path: ["schema_version"], value: stamp },
    ...derivedIds(raw),
    ...edits,
  ];
}

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

function refuseOtherChanges({ path, before, after }: Change): void {
  const { sync_status, validation_overrides, ...fixed } = after;
  const { sync_status: oldStatus, validation_overrides: oldOverrides, ...oldFixed } = before;
  for (const key of new Set([...Object.keys(fixed), ...Object.keys(oldFixed)])) {
    const name = key as keyof typeof fixed;
    if (!isDeepStrictEqual(fixed[name], oldFixed[name])) {
      throw refused(path, `${key} is fixed at the first write`);
    }
  }
  if (sync_status !== oldStatus && !(SYNC_STATUSES as readonly string[]).includes(sync_status)) {
    throw refused(path, `${JSON.stringify(sync_status)} is not a sync_status`);
  }
  const kept = validation_overrides.slice(0, oldOverrides.length);
  if (!isDeepStrictEqual(kept, oldOverrides)) {
    throw refused(path, "validation_overrides only grows; no entry is ever edited or removed");
  }
  const ids = new Set(oldOverrides.map((entry) => entry["id"]));
  for (const entry of validation_overrides.slice(oldOverrides.length)) {
    const fault = entryFault(entry) ?? (ids.has(entry["id"]) ? "its id is taken" : null);
    if (fault) throw refused(path, `a new override is not complete: ${fault}`);
    ids.add(entry["id"]);
  }
}

function refused(path: string, why: string): LabferryError {
  return new LabferryError("change_refused", `${path} was not changed`, { why, path });
}
