/**
 * Why the local copy of a run could go, and what went: `cleanup_certificate.json` is written before the
 * first file is deleted, `cleanup_outcome.json` after the last (`rules.md` 19). Both are here and at the
 * destination; neither is ever changed, and an older pair is moved aside.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { encodeUtf8, utcSeconds } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { newRecordText, parseRecord } from "./record_file.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, versionText } from "./versions.ts";

const interlockSchema = z.object({
  name: z.string(),
  holds: z.boolean(),
  sentence: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});

const certificateSchema = z.object({
  schema_version: z.string(),
  /** What is about to be done; whether it was, the outcome says. */
  intent: z.string(),
  written_at: z.string(),
  host: z.string(),
  installation: z.string(),
  labferry: z.string(),
  source_path: z.string(),
  destination: z.string(),
  destination_uuid: z.string(),
  far_path: z.string(),
  generation: z.number(),
  /** SHA-256 of `checksums.sha256`, which lists every file with its hash. */
  manifest_sha256: z.string(),
  files: z.number(),
  bytes: z.number(),
  /** Files of the manifest that were gone here before: how many, and the first names. */
  already_gone: z.object({ count: z.number(), names: z.array(z.string()) }),
  interlocks: z.array(interlockSchema),
  /** The last entry of the report's chain when this was written; null without a report. */
  report_chain_head: z.object({ report_id: z.string(), seq: z.number(), hash: z.string() })
    .nullable(),
});

export type Certificate = z.infer<typeof certificateSchema>;
export type CertificateDraft =
  & Omit<Certificate, "schema_version" | "intent" | "written_at">
  & { readonly at: Date };

const outcomeSchema = z.object({
  schema_version: z.string(),
  certificate_sha256: z.string(),
  generation: z.number(),
  began_at: z.string(),
  ended_at: z.string(),
  files: z.number(),
  bytes: z.number(),
  /** Files that somebody else had deleted before it was their turn. */
  already_gone: z.number(),
  /** What stayed in the run's folder beside the records, such as newcomers: the first names. */
  left_here: z.array(z.string()),
});

export type Outcome = z.infer<typeof outcomeSchema>;
export type OutcomeDraft =
  & Omit<Outcome, "schema_version" | "certificate_sha256" | "began_at" | "ended_at">
  & { readonly certificate: Uint8Array; readonly beganAt: Date; readonly endedAt: Date };

export const INTENT = "delete the local copy";

export function certificateBytes({ at, ...draft }: CertificateDraft): Uint8Array<ArrayBuffer> {
  return encodeUtf8(newRecordText({
    schema_version: versionText(OUR_VERSIONS.certificate),
    intent: INTENT,
    written_at: utcSeconds(at),
    ...draft,
  }));
}

export function outcomeBytes(
  { certificate, beganAt, endedAt, ...draft }: OutcomeDraft,
): Uint8Array<ArrayBuffer> {
  return encodeUtf8(newRecordText({
    schema_version: versionText(OUR_VERSIONS.certificate),
    certificate_sha256: sha256Of(certificate),
    began_at: utcSeconds(beganAt),
    ended_at: utcSeconds(endedAt),
    ...draft,
  }));
}

/** @throws {LabferryError} `malformed_record`, `schema_major_mismatch` */
export function parseCertificate(bytes: Uint8Array, path: string): Certificate {
  return viewCertificate(parseRecord(bytes, path), path);
}

/** @throws {LabferryError} `malformed_record`, `schema_major_mismatch` */
export function parseOutcome(bytes: Uint8Array, path: string): Outcome {
  return viewOutcome(parseRecord(bytes, path), path);
}

export function viewCertificate(document: JsonDocument, path: string): Certificate {
  checkVersion(document, { path, ours: OUR_VERSIONS.certificate });
  return viewAs(certificateSchema, document.value, { document, path });
}

export function viewOutcome(document: JsonDocument, path: string): Outcome {
  checkVersion(document, { path, ours: OUR_VERSIONS.certificate });
  return viewAs(outcomeSchema, document.value, { document, path });
}

/** A certificate without its own outcome: the deletion it announces did not end, or never began. */
export function isInterrupted(certificate: Uint8Array, outcome: Outcome | null): boolean {
  return outcome?.certificate_sha256 !== sha256Of(certificate);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
