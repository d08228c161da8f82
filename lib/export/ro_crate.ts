/** `ro-crate-metadata.json` of RO-Crate 1.2: what the folder is, where it came from, how it got here. */
import { compareUtf8, encodeUtf8, VERSION } from "../base/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import type { PackedFile } from "./packed_file.ts";
import type { RunFacts } from "./run_facts.ts";

export const CRATE_METADATA = "ro-crate-metadata.json";
const PROFILE = "https://w3id.org/ro/crate/1.2";
/** More would make a document that nobody's program opens; the manifest lists all. */
const MOST_FILES = 1_000;

type Entity = Readonly<Record<string, unknown>> & { readonly "@id": string };

export function crateMetadata(
  files: readonly PackedFile[],
  { facts, at }: { readonly facts: RunFacts; readonly at: Date },
): Uint8Array {
  const manifest = `${RECORDS_DIR}/${RECORD_FILES.checksums}`;
  const sorted = files.toSorted((a, b) => compareUtf8(a.path, b.path));
  const listed = [
    ...sorted.filter(({ path }) => path === manifest),
    ...sorted.filter(({ path }) => path !== manifest),
  ].slice(0, MOST_FILES);
  const graph: Entity[] = [
    {
      "@id": CRATE_METADATA,
      "@type": "CreativeWork",
      about: ref("./"),
      conformsTo: ref(PROFILE),
    },
    rootOf(listed, { facts, at, more: files.length - listed.length }),
    ...listed.map(fileEntity),
    ...around(facts),
  ];
  const document = { "@context": `${PROFILE}/context`, "@graph": graph };
  return encodeUtf8(`${JSON.stringify(document, null, 2)}\n`);
}

function rootOf(
  listed: readonly PackedFile[],
  { facts, at, more }: { readonly facts: RunFacts; readonly at: Date; readonly more: number },
): Entity {
  const left = more > 0 ? ` ${more} more files are listed in ${RECORD_FILES.checksums} alone.` : "";
  const of = facts.equipmentId ? ` of ${facts.equipmentId}` : "";
  const from = facts.createdAt ? `, made ${facts.createdAt}` : "";
  return {
    "@id": "./",
    "@type": "Dataset",
    name: facts.title,
    identifier: facts.identifier,
    description: `One acquisition${of}${from}, with its manifest of SHA-256 hashes.${left}`,
    datePublished: at.toISOString().slice(0, 10),
    license: ref(licenseId(facts)),
    hasPart: listed.map(({ path }) => ref(idOf(path))),
    mentions: [ref("#acquisition"), ...(facts.transfer ? [ref("#transfer")] : [])],
  };
}

function fileEntity({ path, sizeBytes, sha256 }: PackedFile): Entity {
  return {
    "@id": idOf(path),
    "@type": "File",
    name: path.slice(path.lastIndexOf("/") + 1),
    contentSize: String(sizeBytes),
    sha256,
  };
}

/** What is no file: the instrument, the people, what was done, the terms. */
function around(facts: RunFacts): Entity[] {
  const { createdAt, createdBy, transfer, equipmentId } = facts;
  const entities: Entity[] = [
    {
      "@id": "#instrument",
      "@type": "IndividualProduct",
      name: equipmentId ?? "an instrument that is not named",
      ...(equipmentId ? { identifier: equipmentId } : {}),
    },
    {
      "@id": "#acquisition",
      "@type": "CreateAction",
      name: "Acquisition",
      instrument: ref("#instrument"),
      result: ref("./"),
      ...(createdAt ? { startTime: createdAt } : {}),
      ...(createdBy ? { agent: ref("#operator") } : {}),
    },
    {
      "@id": "#labferry",
      "@type": "SoftwareApplication",
      name: "labferry",
      version: VERSION,
    },
  ];
  if (createdBy) entities.push({ "@id": "#operator", "@type": "Person", name: createdBy });
  if (transfer) {
    entities.push({
      "@id": "#transfer",
      "@type": "TransferAction",
      name: "Transfer, compared file by file",
      object: ref("./"),
      instrument: ref("#labferry"),
      toLocation: ref("#destination"),
      endTime: transfer.provenAt,
    }, { "@id": "#destination", "@type": "Place", name: transfer.destination });
  }
  entities.push({
    "@id": licenseId(facts),
    "@type": "CreativeWork",
    name: facts.license ?? "No licence was stated",
    description: facts.license
      ? `The terms under which this may be used: ${facts.license}`
      : "Ask those who made the data before it is used.",
  });
  return entities;
}

function licenseId({ license }: RunFacts): string {
  return license !== null && /^https?:\/\/\S+$/.test(license) ? license : "#license";
}

/** A path as a relative URI. */
function idOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function ref(id: string): { readonly "@id": string } {
  return { "@id": id };
}
