/** The tag files of a bag (RFC 8493, BagIt 1.0); the payload is below `data/`. */
import { createHash } from "node:crypto";
import { compareUtf8, encodeUtf8, VERSION } from "../base/mod.ts";
import type { PackedFile } from "./packed_file.ts";
import type { RunFacts } from "./run_facts.ts";

/** The payload's folder in a bag. */
export const BAG_PAYLOAD = "data";

/** By name; the tag manifest is the last. */
export function bagTagFiles(
  files: readonly PackedFile[],
  { facts, at }: { readonly facts: RunFacts; readonly at: Date },
): Map<string, Uint8Array> {
  const tags = new Map<string, Uint8Array>();
  tags.set("bagit.txt", encodeUtf8("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
  tags.set("manifest-sha256.txt", encodeUtf8(manifestOf(files)));
  tags.set("bag-info.txt", encodeUtf8(infoOf(files, { facts, at })));
  const lines = [...tags].map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`);
  tags.set("tagmanifest-sha256.txt", encodeUtf8(lines.sort().join("")));
  return tags;
}

function manifestOf(files: readonly PackedFile[]): string {
  return files.toSorted((a, b) => compareUtf8(a.path, b.path))
    .map(({ path, sha256 }) => `${sha256}  ${BAG_PAYLOAD}/${escaped(path)}\n`).join("");
}

/** Line feed, carriage return and percent sign, "and only those" (section 2.1.3). */
function escaped(path: string): string {
  return path.replaceAll("%", "%25").replaceAll("\n", "%0A").replaceAll("\r", "%0D");
}

function infoOf(
  files: readonly PackedFile[],
  { facts, at }: { readonly facts: RunFacts; readonly at: Date },
): string {
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { license, transfer } = facts;
  const fields: [string, string | null][] = [
    ["External-Identifier", facts.identifier],
    [
      "External-Description",
      `Run ${facts.title}${facts.createdAt ? ` of ${facts.createdAt}` : ""}`,
    ],
    ["Bagging-Date", at.toISOString().slice(0, 10)],
    ["Payload-Oxum", `${bytes}.${files.length}`],
    ["Bag-Software-Agent", `labferry ${VERSION}`],
    ["Instrument-Identifier", facts.equipmentId],
    ["License", license],
    ["Proven-At", transfer && `${transfer.destination}, ${transfer.provenAt}`],
  ];
  return fields.flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value.replace(/[\r\n]+/g, " ")}\n`]
  ).join("");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
