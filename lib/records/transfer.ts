/**
 * `transfer.json` on the far side: whose run that folder is. It is written before anything else
 * there, and a folder with another owner is left alone (`sync.md` §4).
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { encodeUtf8, utcSeconds } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { newRecordText, parseRecord } from "./record_file.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, versionText } from "./versions.ts";

/** What makes a run this run: the machine, the folder, and when it was made. */
export interface RunOrigin {
  readonly host: string;
  /** Absolute path of the run's folder on that machine. */
  readonly sourcePath: string;
  /** `created_at` of its `creation.json`. */
  readonly createdAt: string;
  /** The id of the labferry installation that looks after it; two PCs from one image have two. */
  readonly installation: string;
  /** Which folder of that disk it is (inode and birth); null where the system does not say. */
  readonly sourceFolder: string | null;
}

const transferSchema = z.object({
  schema_version: z.string(),
  owner: z.string(),
  host: z.string(),
  source_path: z.string(),
  run_created_at: z.string(),
  written_at: z.string(),
  // Both since 1.1; an older file has neither.
  installation: z.string().optional(),
  source_folder: z.string().nullable().optional(),
});

export type Transfer = z.infer<typeof transferSchema>;

/** SHA-256 (hex) of where and when; on one installation equal owners mean the same run. */
export function runOwner(
  { host, sourcePath, createdAt }: Pick<RunOrigin, "host" | "sourcePath" | "createdAt">,
): string {
  const text = JSON.stringify([host, sourcePath, createdAt]);
  return createHash("sha256").update(text).digest("hex");
}

/** The bytes to put on the far side. */
export function transferBytes(origin: RunOrigin, writtenAt: Date): Uint8Array<ArrayBuffer> {
  return encodeUtf8(newRecordText({
    schema_version: versionText(OUR_VERSIONS.transfer),
    owner: runOwner(origin),
    host: origin.host,
    source_path: origin.sourcePath,
    run_created_at: origin.createdAt,
    written_at: utcSeconds(writtenAt),
    installation: origin.installation,
    source_folder: origin.sourceFolder,
  }));
}

/** @throws {LabferryError} `malformed_record`, `schema_major_mismatch`; `name` is the far path */
export function parseTransfer(bytes: Uint8Array, name: string): Transfer {
  return viewTransfer(parseRecord(bytes, name), name);
}

export function viewTransfer(document: JsonDocument, path: string): Transfer {
  checkVersion(document, { path, ours: OUR_VERSIONS.transfer });
  return viewAs(transferSchema, document.value, { document, path });
}
