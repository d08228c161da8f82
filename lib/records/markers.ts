/** `runs.json` and `test_runs.json`: written once, on the first run of a kind under a project. */
import { basename } from "node:path";
import * as z from "zod";
import { type Clock, encodeUtf8, systemClock, utcSeconds } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { lstatOrNull, writeFileAtomic } from "../disk/mod.ts";
import { RECORD_FILES, RUN_KINDS, type RunKind } from "./layout.ts";
import {
  lockRecord,
  type LockWait,
  makeRecordFolder,
  newRecordText,
  readRecord,
} from "./record_file.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, versionText } from "./versions.ts";

const markerSchema = z.object({
  schema_version: z.string(),
  run_kind: z.string(),
  created_at: z.string(),
  project: z.string(),
  equipment: z.string(),
});

export type Marker = z.infer<typeof markerSchema>;

export function markerName(kind: RunKind): string {
  return kind === "test" ? RECORD_FILES.testRuns : RECORD_FILES.runs;
}

/**
 * Writes the marker unless its name is taken; then nothing is touched, whatever stands there.
 *
 * @returns `true` when this call wrote it
 */
export async function writeMarker(
  path: string,
  marker: { readonly kind: RunKind; readonly project: string; readonly equipment: string },
  options: LockWait & { readonly clock?: Clock } = {},
): Promise<boolean> {
  if (await lstatOrNull(path) !== null) return false;
  await makeRecordFolder(path);
  using _lock = await lockRecord(path, { ...options, mode: "exclusive" });
  if (await lstatOrNull(path) !== null) return false;
  const text = newRecordText({
    schema_version: versionText(OUR_VERSIONS.marker),
    run_kind: marker.kind,
    created_at: utcSeconds((options.clock ?? systemClock).now()),
    project: marker.project,
    equipment: marker.equipment,
  });
  await writeFileAtomic(path, encodeUtf8(text), { createOnly: true });
  return true;
}

/** @throws {LabferryError} `record_missing`, `malformed_record`, `schema_major_mismatch` */
export async function readMarker(path: string): Promise<Marker> {
  const document = await readRecord(path);
  return viewMarker(document, path);
}

export function viewMarker(document: JsonDocument, path: string): Marker {
  checkVersion(document, { path, ours: OUR_VERSIONS.marker });
  const fields = document.value as Record<string, unknown>;
  const kind = kindByName(path);
  const filled = fields["run_kind"] === undefined && kind ? { ...fields, run_kind: kind } : fields;
  return viewAs(markerSchema, filled, { document, path });
}

/** The other program leaves `run_kind` out of `test_runs.json`: the file's name says it. */
function kindByName(path: string): RunKind | null {
  return RUN_KINDS.find((kind) => markerName(kind) === basename(path)) ?? null;
}
