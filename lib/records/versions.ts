/** `schema_version` of a record: what may be read, and what a write stamps. */
import { LabferryError } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";

export interface SchemaVersion {
  readonly major: number;
  readonly minor: number;
}

/** What this labferry writes. */
export const OUR_VERSIONS = {
  creation: { major: 1, minor: 9 },
  equipment: { major: 1, minor: 0 },
  marker: { major: 1, minor: 0 },
  ingest: { major: 1, minor: 1 },
  transfer: { major: 1, minor: 1 },
  certificate: { major: 1, minor: 0 },
} as const;

export function versionText({ major, minor }: SchemaVersion): string {
  return `${major}.${minor}`;
}

/**
 * The version a record declares, if its major is ours.
 *
 * @throws {LabferryError} `schema_major_mismatch` for another major, no version, or not a version
 */
export function checkVersion(
  document: JsonDocument,
  { path, ours }: { readonly path: string; readonly ours: SchemaVersion },
): SchemaVersion {
  const found = (document.value as Record<string, unknown>)["schema_version"];
  const match = typeof found === "string" ? /^(\d{1,9})\.(\d{1,9})$/.exec(found) : null;
  const version = match && { major: Number(match[1]), minor: Number(match[2]) };
  if (version?.major === ours.major) return version;
  const { line, column } = document.positionOf(["schema_version"]);
  const shown = found === undefined ? "nothing" : JSON.stringify(found);
  throw new LabferryError("schema_major_mismatch", `${path} is of another schema`, {
    why: `line ${line}, column ${column}: schema_version: ` +
      `expected major ${ours.major} ("${ours.major}.x"), found ${shown}`,
    path,
    hint: "Use the program that wrote it, or a newer labferry; the file is left as it is.",
  });
}

/** The version to write over `found`: ours, but never a newer file relabelled as older. */
export function stampOver(found: SchemaVersion, ours: SchemaVersion): string {
  return versionText(found.minor > ours.minor ? found : ours);
}
