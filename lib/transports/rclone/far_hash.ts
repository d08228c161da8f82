/**
 * Hashing what is at the far side, with `rclone hashsum sha256`. The list goes in batches, each with
 * an rclone and a connection of its own, so that a million files need no more memory than one batch.
 *
 * Output is `<64 hex digits>  <name>`, unescaped; with the encoding set for the disk names come as
 * they were given, and no name holds a newline, so they are compared as they stand.
 */
import { join } from "node:path";
import { decodeUtf8, PROOF_STRENGTHS } from "../../base/mod.ts";
import { inBatches } from "../../disk/mod.ts";
import type { FarHashOutcome, FarHashRequest, FileToSend } from "../contract.ts";
import { isDestinationFailure, TransportError } from "../failure.ts";
import { type Connection, farSpec, scratchFolder } from "./connection.ts";
import { pathsBehindLinks } from "./far_links.ts";
import { requireCarried, writeNameList } from "./name_list.ts";
import { chooseProof, type Proof, READ_BACK } from "./proof_choice.ts";
import { isAtLeast } from "./tool_version.ts";

/** Bounds memory, and what a crash costs: hashes count when their batch is done. */
const BATCH_FILES = 4096;
const BATCH_BYTES = 16 * 1024 ** 3;
/** A batch may take this long, and as long as a slow disk or line needs for its bytes. */
const BATCH_LIMIT_MS = 30 * 60 * 1000;
const SLOWEST_BYTES_PER_MS = 100;

const HASH_LENGTH = 64;
const NAME_AT = HASH_LENGTH + 2;

export async function hashFar(
  connection: Connection,
  request: FarHashRequest,
): Promise<FarHashOutcome> {
  const { files, signal } = request;
  signal.throwIfAborted();
  const prefix = request.farDir === "" ? "" : `${request.farDir}/`;
  for (const file of files) requireCarried(file.path);
  let proof = await proofFor(connection, request);
  if (proof.download) refuseOversize(request);
  const linked = await pathsBehindLinks(connection, { paths: farNames(files, prefix), signal });
  const seen = new Seen();
  const limits = { maxItems: BATCH_FILES, maxBytes: BATCH_BYTES, sizeOf: sizeOfFile };
  let done = { bytesDone: 0, filesDone: 0 };
  for await (const batch of inBatches(files, limits)) {
    const names = batch.map((file) => prefix + file.path).filter((name) => !linked.has(name));
    const job = { names, sizeBytes: sumOf(batch), signal };
    let hashes = await hashBatch(connection, { ...job, proof });
    if (hashes === null) {
      // The far side promised SHA-256 and could not keep it.
      proof = READ_BACK;
      refuseOversize(request);
      hashes = await hashBatch(connection, { ...job, proof });
    }
    if (hashes === null) throw new TransportError("unknown", "rclone gives no SHA-256");
    seen.add(proof);
    for (const file of batch) request.onHash(file.path, hashes.get(prefix + file.path) ?? null);
    done = {
      bytesDone: done.bytesDone + job.sizeBytes,
      filesDone: done.filesDone + batch.length,
    };
    request.onProgress?.({ ...done, currentPath: batch.at(-1)?.path ?? null });
  }
  if (seen.isEmpty) seen.add(proof);
  return { strength: seen.weakest, notes: notesOf(connection, { request, seen, linked }) };
}

function sizeOfFile(file: FileToSend): number {
  return file.sizeBytes;
}

function sumOf(files: readonly FileToSend[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

function farNames(files: Iterable<FileToSend>, prefix: string): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (const file of files) yield prefix + file.path;
    },
  };
}

/** The backend's own list of checksums is asked for only where it can make a difference. */
async function proofFor(connection: Connection, request: FarHashRequest): Promise<Proof> {
  const { type } = connection.backend;
  const { acceptProviderAsserted, signal } = request;
  // Before 1.71 the sftp backend knows MD5 and SHA-1 only.
  const worthAsking = type === "sftp" ? isAtLeast(connection.version, 71) : acceptProviderAsserted;
  if (type === "local" || type === null || !worthAsking) {
    return chooseProof(type, { hashes: [], acceptProviderAsserted });
  }
  const end = await connection.run({
    args: ["backend", "features", farSpec(connection, "")],
    signal,
    lowLevelRetries: 1,
  });
  if (end.exitCode !== 0) throw connection.tool.failure("there is no way to", end);
  const features: unknown = JSON.parse(new TextDecoder().decode(end.stdout));
  const hashes = typeof features === "object" && features !== null && "Hashes" in features &&
      Array.isArray(features.Hashes)
    ? features.Hashes.map(String)
    : [];
  return chooseProof(type, { hashes, acceptProviderAsserted });
}

function refuseOversize({ files, maxStreamBytes }: FarHashRequest): void {
  if (maxStreamBytes === 0) return;
  for (const file of files) {
    if (file.sizeBytes <= maxStreamBytes) continue;
    throw new TransportError("verify_oversize", `${file.path} is too large to be read back`, {
      why: `it has ${file.sizeBytes} bytes; verify.max_stream_bytes is ${maxStreamBytes}`,
      hint: "Raise verify.max_stream_bytes (0 is no limit), or use rsync_ssh for this equipment.",
      path: file.path,
    });
  }
}

/** Null when something can only be told by reading back. */
async function hashBatch(
  connection: Connection,
  { names, sizeBytes, signal, proof }: {
    names: readonly string[];
    sizeBytes: number;
    signal: AbortSignal;
    proof: Proof;
  },
): Promise<Map<string, string> | null> {
  if (names.length === 0) return new Map();
  await using scratch = await scratchFolder(connection);
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  const { wrappedTypes, type } = connection.backend;
  const end = await connection.run({
    args: [
      "hashsum",
      "sha256",
      farSpec(connection, ""),
      `--files-from-raw=${list}`,
      "--checkers=8",
      "--sftp-skip-links",
      ...(proof.download ? ["--download"] : []),
      // Or the bytes of an earlier pass would be read from this machine's own cache.
      ...(type === "cache" || wrappedTypes.has("cache") ? ["--cache-db-purge"] : []),
    ],
    signal,
    timeoutMs: BATCH_LIMIT_MS + Math.ceil(sizeBytes / SLOWEST_BYTES_PER_MS),
  });
  const { hashes, refused } = readHashes(end.stdout);
  if (end.exitCode === 0 && !refused) return hashes;
  const failure = connection.tool.failure("not everything could be hashed at", end);
  const isFinal = proof.download || type === "local" || isDestinationFailure(failure.code);
  if (isFinal) throw failure;
  return null;
}

function readHashes(stdout: Uint8Array): { hashes: Map<string, string>; refused: boolean } {
  const hashes = new Map<string, string>();
  let refused = false;
  for (let at = 0; at < stdout.length;) {
    const lineEnd = stdout.indexOf(0x0a, at);
    const end = lineEnd === -1 ? stdout.length : lineEnd;
    const line = decodeLine(stdout.subarray(at, end));
    at = end + 1;
    if (line === null) continue;
    const hash = line.slice(0, HASH_LENGTH);
    // "ERROR", "UNSUPPORTED" or nothing may stand in the hash's column.
    if (/^[0-9a-f]{64}$/.test(hash)) hashes.set(line.slice(NAME_AT), hash);
    else refused = true;
  }
  return { hashes, refused };
}

/** Null for a name that is not UTF-8: it cannot be one of the list. */
function decodeLine(bytes: Uint8Array): string | null {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** The ways of proof that were used: the weakest one counts for all. */
class Seen {
  readonly notes = new Set<string>();
  #weakest = -1;

  get isEmpty(): boolean {
    return this.#weakest === -1;
  }

  get weakest(): FarHashOutcome["strength"] {
    return PROOF_STRENGTHS[this.#weakest]!;
  }

  add(proof: Proof): void {
    this.#weakest = Math.max(this.#weakest, PROOF_STRENGTHS.indexOf(proof.strength));
    if (proof.note) this.notes.add(proof.note);
  }
}

function notesOf(
  { backend }: Connection,
  { request, seen, linked }: {
    request: FarHashRequest;
    seen: Seen;
    linked: ReadonlySet<string>;
  },
): string[] {
  const notes = [...seen.notes];
  if (backend.type === "local" || request.dropCache) {
    notes.push("may have come from a cache: rclone cannot drop it");
  }
  if (!backend.checksHostKey) {
    notes.push("the server's host key is not checked: known_hosts_file is not set in the remote");
  }
  if (linked.size > 0) notes.push(`${linked.size} listed names are links at the destination`);
  return notes;
}
