/**
 * The far `checksums.sha256`: the last write of a run's first pass, read back. One that stands there
 * with other bytes is moved aside, never replaced. Its signature goes before it, with the records, so that
 * none stands there that nobody signed.
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { equalBytes } from "../base/mod.ts";
import { NAMESPACES, SIGNATURE_SUFFIX, type SignedText } from "../evidence/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { type FileToSend, TransportError } from "../transports/mod.ts";
import type { LocalManifest } from "./manifest_writing.ts";
import { isSigned, type Kept, signatureOf } from "./signature.ts";
import { nothingSeen, supersededDir } from "./superseded.ts";
import type { FarWork, Work } from "./work.ts";

/**
 * Up to this size (some 10,000 files) it goes over as the records do, and is compared by its bytes; a
 * push and a pass start a tool each over ssh.
 */
const SMALL_BYTES = 1024 * 1024;

const MANIFEST_SIGNATURE = `${RECORD_FILES.checksums}${SIGNATURE_SUFFIX}`;

export function farRecords(job: Pick<Job, "farDir">): string {
  return `${job.farDir}/${RECORDS_DIR}`;
}

/** Below the base. */
export function farManifestPath(job: Pick<Job, "farDir">): string {
  return `${farRecords(job)}/${RECORD_FILES.checksums}`;
}

/**
 * `there` is the manifest that stands there now, as somebody has just read it.
 *
 * @throws TransportError `hash_mismatch`
 */
export async function sendManifest(
  manifest: LocalManifest,
  work: FarWork & { readonly there: Uint8Array | null },
): Promise<void> {
  const { job } = manifest;
  const arrived = manifest.sizeBytes <= SMALL_BYTES
    ? await put(manifest, work)
    : await push(manifest, work);
  if (arrived) return;
  await setManifestAloneAside(job, work);
  throw new TransportError("hash_mismatch", "The far manifest is not what was sent", {
    path: `${job.destination}/${farManifestPath(job)}`,
    why: "it was read back and has other bytes",
    hint: "look at the destination's disk; the manifest is written again",
  });
}

async function put(
  { job, path, sha256 }: LocalManifest,
  work: FarWork & { readonly there: Uint8Array | null },
): Promise<boolean> {
  const { far, there } = work;
  const bytes = await Deno.readFile(path);
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    throw new TransportError("source_changed", "The manifest was changed while it was sent", {
      path,
      why: "another program writes among the run's records",
    });
  }
  if (there !== null && equalBytes(there, bytes)) return true;
  if (there !== null) await setManifestAloneAside(job, work);
  const files = new Map([[RECORD_FILES.checksums, bytes]]);
  const seen = nothingSeen(files.keys(), asideOf(job, work.context));
  await far.session.putFiles(farRecords(job), files, seen);
  const back = await read(job, work);
  return back !== null && equalBytes(back, bytes);
}

/** Goes over like data (it may be a hundred megabytes) and is read back like data. */
async function push(manifest: LocalManifest, work: FarWork): Promise<boolean> {
  const { context, signal, far } = work;
  const { job } = manifest;
  const files = await listOf(manifest, context);
  await far.session.push({
    sourceDir: dirname(manifest.path),
    files,
    farDir: farRecords(job),
    supersedeInto: asideOf(job, context),
    resend: true,
    uploadMbps: null,
    signal,
  });
  return await farHash(job, { files, far, signal }) === manifest.sha256;
}

export interface ManifestThere {
  /** These very bytes stand over there. */
  readonly stands: boolean;
  /** Its signature, whatever it is worth; null when there is none. */
  readonly signature: Uint8Array | null;
}

export async function lookAtManifest(
  manifest: LocalManifest,
  work: FarWork,
): Promise<ManifestThere> {
  const { job, sha256, sizeBytes } = manifest;
  const isSmall = sizeBytes <= SMALL_BYTES;
  const names = [MANIFEST_SIGNATURE, ...(isSmall ? [RECORD_FILES.checksums] : [])];
  const there = await work.far.session.getFiles(farRecords(job), names);
  const bytes = there.get(RECORD_FILES.checksums) ?? null;
  const hash = isSmall
    ? bytes && createHash("sha256").update(bytes).digest("hex")
    : await farHash(job, { ...work, files: await listOf(manifest, work.context) });
  return { stands: hash === sha256, signature: there.get(MANIFEST_SIGNATURE) ?? null };
}

/** The manifest's signature, with the keys it is checked with. */
export async function signatureOfManifest(
  { job, sha256 }: LocalManifest,
  work: FarWork,
): Promise<Kept> {
  if (!isSigned(job, work)) return new Map();
  return await signatureOf({ path: farManifestPath(job), ...signedManifest(sha256) }, work);
}

export function signedManifest(sha256: string): SignedText {
  return { namespace: NAMESPACES.manifest, sha256 };
}

async function read(job: Job, { far }: Pick<FarWork, "far">): Promise<Uint8Array | null> {
  const files = await far.session.getFiles(farRecords(job), [RECORD_FILES.checksums]);
  return files.get(RECORD_FILES.checksums) ?? null;
}

/** The manifest first: at no instant does one stand there whose signature was taken away. */
export const MANIFEST_AND_SIGNATURE = [RECORD_FILES.checksums, MANIFEST_SIGNATURE] as const;

/** With the signature that was made for it. */
export async function setManifestAside(job: Job, { context, far }: FarWork): Promise<void> {
  await far.session.setAside(farRecords(job), MANIFEST_AND_SIGNATURE, asideOf(job, context));
}

/** The signature beside it is the one for the manifest that goes there now. */
async function setManifestAloneAside(job: Job, { context, far }: FarWork): Promise<void> {
  await far.session.setAside(farRecords(job), [RECORD_FILES.checksums], asideOf(job, context));
}

function asideOf(job: Job, { clock }: Work["context"]): string {
  return `${supersededDir(job.farDir, clock)}/${RECORDS_DIR}`;
}

async function listOf(manifest: LocalManifest, { clock }: Work["context"]): Promise<FileToSend[]> {
  const { mtime } = await Deno.stat(manifest.path);
  return [{
    path: RECORD_FILES.checksums,
    sizeBytes: manifest.sizeBytes,
    mtimeMs: mtime?.getTime() ?? clock.now().getTime(),
  }];
}

/** The manifest over there as it is now; null when there is none. */
async function farHash(
  job: Job,
  { files, far, signal }: Pick<FarWork, "far" | "signal"> & { files: readonly FileToSend[] },
): Promise<string | null> {
  let there: string | null = null;
  await far.session.hash({
    farDir: farRecords(job),
    files,
    onHash: (_path, sha256) => there = sha256,
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  return there;
}
