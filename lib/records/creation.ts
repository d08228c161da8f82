/** Making, reading and changing `creation.json`. */
import { encodeUtf8 } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { editJson } from "../base/json_edit.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { changesBetween } from "./creation_change.ts";
import { OUR_TEMPLATE } from "./creation_mending.ts";
import { withDefaults } from "./creation_history.ts";
import { type Creation, type CreationDraft, creationSchema } from "./creation_schema.ts";
import type { OwnFields, OwnFieldsDraft } from "./own_fields.ts";
import {
  lockRecord,
  type LockWait,
  makeRecordFolder,
  newRecordText,
  parseRecord,
  readRecord,
  rewriteRecord,
} from "./record_file.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, versionText } from "./versions.ts";

/** What a record says when no template of the other program was used. */
const NO_TEMPLATE = { name: OUR_TEMPLATE, version: "1", source_path: "", run_scope: "both" };

/**
 * Writes the first `creation.json`, whole and durable; its `.exlab-wizard` is made where needed.
 *
 * @throws {LabferryError} `already_exists` to all but the first of several first writers
 */
export async function createCreation(
  path: string,
  draft: CreationDraft,
  wait: LockWait = {},
): Promise<Creation> {
  const { created_at, created_by, level, run_kind, paths } = draft;
  const text = newRecordText({
    schema_version: versionText(OUR_VERSIONS.creation),
    created_at,
    created_by,
    level,
    run_kind,
    lims_project: draft.lims_project,
    template: draft.template ?? NO_TEMPLATE,
    variables: draft.variables ?? {},
    plugins_applied: draft.plugins_applied ?? [],
    paths,
    ...(draft.orchestrator ? { orchestrator: draft.orchestrator } : {}),
    sync_status: "pending",
    validation_overrides: [],
    ...(draft.labferry ? { labferry: draft.labferry } : {}),
  });
  const creation = viewCreation(parseRecord(text, path), path);
  await makeRecordFolder(path);
  using _lock = await lockRecord(path, { ...wait, mode: "exclusive" });
  await writeFileAtomic(path, encodeUtf8(text), { createOnly: true });
  return creation;
}

/**
 * Reads without a lock.
 *
 * @throws {LabferryError} `record_missing`, `malformed_record`, `schema_major_mismatch`
 */
export async function readCreation(path: string): Promise<Creation> {
  const document = await readRecord(path);
  return viewCreation(document, path);
}

/**
 * Changes a record under one exclusive lock. `change` gets the view and returns the new one, in
 * which only `sync_status` and our own block may differ and `validation_overrides` may have grown.
 * Every byte the change does not concern stays. An unchanged view writes nothing.
 *
 * @throws {LabferryError} `change_refused`, `duplicate_key`, `lock_timeout`, and as `readCreation`
 */
export function mutateCreation(
  path: string,
  change: (creation: Creation) => Creation,
  wait: LockWait = {},
): Promise<Creation> {
  return rewriteRecord(path, (document) => {
    const before = viewCreation(document, path);
    const after = change(structuredClone(before));
    const version = checkVersion(document, { path, ours: OUR_VERSIONS.creation });
    const edits = changesBetween({ path, document, version, before, after });
    if (edits.length === 0) return { text: document.text, result: before };
    const text = editJson(document, edits, { path });
    return { text, result: viewCreation(parseRecord(text, path), path) };
  }, wait);
}

/**
 * Sets fields of our own block, under the same lock and with the same care; what else is in the
 * block stays. Setting what is there already writes nothing.
 *
 * @throws {LabferryError} as `mutateCreation`; `change_refused` for another layout than is recorded
 */
export function setOwnFields(
  path: string,
  fields: OwnFieldsDraft,
  wait: LockWait = {},
): Promise<Creation> {
  return mutateCreation(path, (creation) => ({
    ...creation,
    labferry: { ...creation.labferry, ...structuredClone(fields) as OwnFields },
  }), wait);
}

/**
 * The bytes of a record with another `sync_status`, for the far copy of a run whose own record is on
 * a read-only disk and cannot follow.
 *
 * @throws {LabferryError} as `readCreation`
 */
export function withSyncStatus(
  bytes: Uint8Array,
  { path, status }: { readonly path: string; readonly status: Creation["sync_status"] },
): Uint8Array<ArrayBuffer> {
  const document = parseRecord(bytes, path);
  const before = viewCreation(document, path);
  const after = { ...structuredClone(before), sync_status: status };
  const version = checkVersion(document, { path, ours: OUR_VERSIONS.creation });
  const edits = changesBetween({ path, document, version, before, after });
  return encodeUtf8(editJson(document, edits, { path }));
}

/** The record as we see it; the text behind it may hold more. */
export function viewCreation(document: JsonDocument, path: string): Creation {
  checkVersion(document, { path, ours: OUR_VERSIONS.creation });
  const filled = withDefaults(document.value as Record<string, unknown>);
  return viewAs(creationSchema, filled, { document, path });
}
