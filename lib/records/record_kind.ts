/** What kind of record a file is: by its name, else by what it holds. */
import { basename } from "node:path";
import type { JsonDocument } from "../base/json.ts";
import { viewCertificate, viewOutcome } from "./cleanup.ts";
import { viewCreation } from "./creation.ts";
import { viewEquipment } from "./equipment.ts";
import { viewIngest } from "./ingest.ts";
import { RECORD_FILES } from "./layout.ts";
import { viewMarker } from "./markers.ts";
import { viewTransfer } from "./transfer.ts";

export type JsonRecordKind =
  | "creation"
  | "equipment"
  | "marker"
  | "ingest"
  | "transfer"
  | "certificate"
  | "outcome";
export type RecordKind = JsonRecordKind | "checksums" | "unknown";

interface KindRow {
  readonly kind: JsonRecordKind;
  readonly names: readonly string[];
  /** Keys that only this kind has, for files under another name. */
  readonly keys: readonly string[];
  /** Validates and fills in defaults. */
  readonly view: (document: JsonDocument, path: string) => object;
}

const KINDS: readonly KindRow[] = [
  {
    kind: "creation",
    names: [RECORD_FILES.creation],
    keys: ["created_by", "template"],
    view: viewCreation,
  },
  {
    kind: "equipment",
    names: [RECORD_FILES.equipment],
    keys: ["configured_local_root"],
    view: viewEquipment,
  },
  {
    kind: "ingest",
    names: [RECORD_FILES.ingest],
    keys: ["current_state", "history"],
    view: viewIngest,
  },
  { kind: "transfer", names: [RECORD_FILES.transfer], keys: ["owner"], view: viewTransfer },
  {
    kind: "certificate",
    names: [RECORD_FILES.certificate],
    keys: ["intent", "interlocks"],
    view: viewCertificate,
  },
  {
    kind: "outcome",
    names: [RECORD_FILES.outcome],
    keys: ["certificate_sha256"],
    view: viewOutcome,
  },
  {
    kind: "marker",
    names: [RECORD_FILES.runs, RECORD_FILES.testRuns],
    keys: ["project", "equipment", "run_kind"],
    view: viewMarker,
  },
];

/** `checksums.sha256` and anything else that ends so: not JSON. */
export function isChecksumsName(path: string): boolean {
  return basename(path).endsWith(".sha256");
}

export function kindOfRecord(path: string, document: JsonDocument): JsonRecordKind | "unknown" {
  const name = basename(path);
  const byName = KINDS.find(({ names }) => names.includes(name));
  if (byName) return byName.kind;
  const value = document.value as Record<string, unknown>;
  const byKeys = KINDS.find(({ keys }) => keys.every((key) => Object.hasOwn(value, key)));
  return byKeys?.kind ?? "unknown";
}

/** The record as its kind's readers see it; null for a kind we do not know. */
export function viewRecord(path: string, document: JsonDocument): object | null {
  const kind = kindOfRecord(path, document);
  return KINDS.find((row) => row.kind === kind)?.view(document, path) ?? null;
}
