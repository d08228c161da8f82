/** The only changes a `creation.json` may see after its first write, as edits of its text. */
import { isDeepStrictEqual } from "node:util";
import { LabferryError } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import type { JsonChange } from "../base/json_edit.ts";
import { type Creation, SYNC_STATUSES } from "./creation_schema.ts";
import { mendingEdits } from "./creation_mending.ts";
import { entryFault } from "./override_entries.ts";
import { type OwnFields, recordedLayout } from "./own_fields.ts";
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
 * the version stamp and what the record lacks for the other program (`creation_mending.ts`).
 *
 * @throws {LabferryError} `change_refused` for any change but `sync_status`, new overrides and the
 *   fields of our own block
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
  const isOwnAltered = !isDeepStrictEqual(after.labferry ?? {}, before.labferry ?? {});
  if (edits.length === 0 && !isOwnAltered) return [];
  edits.push(...ownFieldEdits(change));
  const stamp = stampOver(version, OUR_VERSIONS.creation);
  return [
    { kind: "set", path: ["schema_version"], value: stamp },
    ...mendingEdits(document.value as Record<string, unknown>, after),
    ...edits,
  ];
}

/**
 * Field by field, so that whatever else is in the block keeps its bytes. A layout that an older
 * version wrote below `paths` comes along: there the other program's next write would drop it.
 */
function ownFieldEdits({ before, after, document }: Change): JsonChange[] {
  const layout = recordedLayout(after);
  const fields: OwnFields = { ...after.labferry, ...(layout === null ? {} : { layout }) };
  const old = before.labferry ?? {};
  const altered = Object.keys(fields).filter((key) => !isDeepStrictEqual(fields[key], old[key]));
  if (altered.length === 0) return [];
  const raw = (document.value as Record<string, unknown>)["labferry"] ?? null;
  if (raw === null) return [{ kind: "set", path: ["labferry"], value: fields }];
  return altered.map((key) => ({ kind: "set", path: ["labferry", key], value: fields[key] }));
}

function refuseOtherChanges({ path, before, after }: Change): void {
  const { sync_status, validation_overrides, labferry, ...fixed } = after;
  const {
    sync_status: oldStatus,
    validation_overrides: oldOverrides,
    labferry: oldOwn,
    ...oldFixed
  } = before;
  for (const key of new Set([...Object.keys(fixed), ...Object.keys(oldFixed)])) {
    const name = key as keyof typeof fixed;
    if (!isDeepStrictEqual(fixed[name], oldFixed[name])) {
      throw refused(path, `${key} is fixed at the first write`);
    }
  }
  const gone = Object.keys(oldOwn ?? {}).find((key) => labferry?.[key] === undefined);
  if (gone !== undefined) throw refused(path, `labferry.${gone} is set, and is never removed`);
  const layout = recordedLayout(before);
  if (layout !== null && recordedLayout(after) !== layout) {
    throw refused(path, `its place is fixed: ${layout}`);
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
