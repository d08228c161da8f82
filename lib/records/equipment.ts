/** `equipment.json`: an equipment's entry in the registry, written when it is first used. */
import * as z from "zod";
import {
  type Clock,
  encodeUtf8,
  LabferryError,
  parseInstant,
  systemClock,
  utcSeconds,
} from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { editJson, type JsonChange } from "../base/json_edit.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import {
  lockRecord,
  type LockWait,
  makeRecordFolder,
  newRecordText,
  parseRecord,
  readRecord,
} from "./record_file.ts";
import { copyAside } from "./set_aside.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, stampOver, versionText } from "./versions.ts";

const equipmentSchema = z.object({
  schema_version: z.string(),
  id: z.string(),
  label: z.string(),
  configured_local_root: z.string(),
  configured_nas_root: z.string(),
  first_seen_at: z.string(),
  last_modified_at: z.string(),
});

export type Equipment = z.infer<typeof equipmentSchema>;

/** What the configuration says of an equipment. */
export type EquipmentSettings = Pick<
  Equipment,
  "id" | "label" | "configured_local_root" | "configured_nas_root"
>;

export interface EquipmentOutcome {
  readonly did: "created" | "updated" | "kept" | "replaced_damaged";
  readonly equipment: Equipment;
  /** Where the bytes of a damaged file are now. */
  readonly asidePath: string | null;
}

/** @throws {LabferryError} `record_missing`, `malformed_record`, `schema_major_mismatch` */
export async function readEquipment(path: string): Promise<Equipment> {
  const document = await readRecord(path);
  return viewEquipment(document, path);
}

export function viewEquipment(document: JsonDocument, path: string): Equipment {
  checkVersion(document, { path, ours: OUR_VERSIONS.equipment });
  return viewAs(equipmentSchema, document.value, { document, path });
}

/**
 * Writes an equipment's settings where they are new or differ. `first_seen_at` is set once and kept
 * for ever, also out of a damaged file, whose bytes are set aside before anything is written.
 *
 * @throws {LabferryError} `change_refused` when the file belongs to another equipment;
 *   `schema_major_mismatch` for another major, which is newer, not damaged
 */
export async function recordEquipment(
  path: string,
  settings: EquipmentSettings,
  options: LockWait & { readonly clock?: Clock } = {},
): Promise<EquipmentOutcome> {
  const now = utcSeconds((options.clock ?? systemClock).now());
  await makeRecordFolder(path);
  using _lock = await lockRecord(path, { ...options, mode: "exclusive" });
  const found = await readOrSetAside(path);
  if (found.kind === "there") return await update(found, { path, settings, now });
  const equipment = {
    schema_version: versionText(OUR_VERSIONS.equipment),
    ...pickSettings(settings),
    first_seen_at: found.firstSeenAt ?? now,
    last_modified_at: now,
  };
  await writeFileAtomic(path, encodeUtf8(newRecordText(equipment)));
  const did = found.asidePath === null ? "created" : "replaced_damaged";
  return { did, equipment, asidePath: found.asidePath };
}

/**
 * `ours` with the earlier `first_seen_at` of the two: a PC that was set up anew does not know when
 * its instrument was first seen, but the copy over there does. `ours` as it is when the other cannot
 * be read.
 */
export function withEarliestFirstSeen(
  ours: Uint8Array,
  theirs: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ours);
  const here = documentOrNull(bytes);
  const there = documentOrNull(theirs);
  if (here === null || there === null) return bytes;
  const [mine, other] = [here, there].map((document) => viewEquipment(document, "equipment.json"));
  const [seen, earlier] = [mine, other].map((equipment) => parseInstant(equipment!.first_seen_at));
  if (!seen || !earlier || mine!.id !== other!.id || earlier >= seen) return bytes;
  const value = other!.first_seen_at;
  return encodeUtf8(editJson(here, [{ kind: "set", path: ["first_seen_at"], value }]));
}

function documentOrNull(bytes: Uint8Array): JsonDocument | null {
  try {
    const document = parseRecord(bytes, "equipment.json");
    viewEquipment(document, "equipment.json");
    return document;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}

interface There {
  readonly kind: "there";
  readonly document: JsonDocument;
  readonly equipment: Equipment;
}

interface NotThere {
  readonly kind: "not_there";
  readonly firstSeenAt: string | null;
  readonly asidePath: string | null;
}

async function readOrSetAside(path: string): Promise<There | NotThere> {
  try {
    const document = await readRecord(path);
    return { kind: "there", document, equipment: viewEquipment(document, path) };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    if (error.code === "record_missing") {
      return { kind: "not_there", firstSeenAt: null, asidePath: null };
    }
    if (error.code !== "malformed_record") throw error;
    const aside = await copyAside(path, error);
    return { kind: "not_there", firstSeenAt: firstSeenIn(aside.head), asidePath: aside.path };
  }
}

/** The date a damaged file still shows; it is worth more than the day of the damage. */
function firstSeenIn(text: string): string | null {
  const found = /"first_seen_at"\s*:\s*"([^"\\]{1,40})"/.exec(text)?.[1];
  return found !== undefined && parseInstant(found) ? found : null;
}

async function update(
  { document, equipment }: There,
  { path, now, ...wanted }: {
    readonly path: string;
    readonly settings: EquipmentSettings;
    readonly now: string;
  },
): Promise<EquipmentOutcome> {
  const settings = pickSettings(wanted.settings);
  if (settings.id !== equipment.id) {
    throw new LabferryError("change_refused", `${path} was not changed`, {
      why: `it belongs to the equipment ${equipment.id}, not ${settings.id}`,
      hint: "Give each equipment a folder of its own.",
      path,
    });
  }
  const fields = Object.keys(settings) as (keyof EquipmentSettings)[];
  const altered = fields.filter((field) => settings[field] !== equipment[field]);
  if (altered.length === 0) return { did: "kept", equipment, asidePath: null };
  const version = checkVersion(document, { path, ours: OUR_VERSIONS.equipment });
  const after = {
    ...equipment,
    ...settings,
    schema_version: stampOver(version, OUR_VERSIONS.equipment),
    last_modified_at: now,
  };
  const edits = ["schema_version", ...altered, "last_modified_at"].map((field): JsonChange => ({
    kind: "set",
    path: [field],
    value: after[field as keyof Equipment],
  }));
  await writeFileAtomic(path, encodeUtf8(editJson(document, edits, { path })));
  return { did: "updated", equipment: after, asidePath: null };
}

/** Without whatever else a configuration's object carries. */
function pickSettings(settings: EquipmentSettings): EquipmentSettings {
  const { id, label, configured_local_root, configured_nas_root } = settings;
  return { id, label, configured_local_root, configured_nas_root };
}
