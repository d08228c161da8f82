/**
 * Hashing what is at the far side: one `rclone hashsum sha256` for the whole list, so that a pass
 * belongs to one process. What came before a broken connection is never put together with what came
 * after it by us; over sftp rclone does not try a file again either (`lowLevelRetries`).
 *
 * Output is `<64 hex digits>  <name>`, unescaped, in rclone's own order; with the encoding set for
 * the disk names come as they were given, and no name holds a newline, so they are compared as they
 * stand. A name that a listing does not show so is asked for directly: a place that folds case, or
 * composes names otherwise, knows it all the same (a folder renamed in case keeps its old spelling
 * there), another one does not.
 */
import { join } from "node:path";
import { decodeUtf8 } from "../../base/mod.ts";
import { readBackMbps } from "../ceiling.ts";
import {
  type FarHashOutcome,
  type FarHashRequest,
  type FileList,
  UNREADABLE_SHA256,
} from "../contract.ts";
import { isDestinationFailure, TransportError } from "../failure.ts";
import { ByteLines } from "../tool/lines.ts";
import { refuseOversize } from "../tool/oversize.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { CryptDamage, isEncrypted } from "./crypt_damage.ts";
import { pathsBehindLinks } from "./far_links.ts";
import { HashTable } from "./hash_table.ts";
import { isNone, requireCarried, writeNameList } from "./name_list.ts";
import { inOtherSpellings } from "./other_spellings.ts";
import { isPlain } from "./our_names.ts";
import { chooseProof, isReadOverThere, type Proof, READ_BACK } from "./proof_choice.ts";
import { TaughtCeiling } from "./taught_ceiling.ts";
import { isAtLeast } from "./tool_version.ts";

/** A pass may take this long, and as long as a slow disk or line needs for its bytes and files. */
const PASS_LIMIT_MS = 30 * 60 * 1000;
const SLOWEST_BYTES_PER_MS = 100;
const SLOWEST_MS_PER_FILE = 1000;
/** A timer holds no more. */
const LONGEST_PASS_MS = 24 * 24 * 60 * 60 * 1000;

const REPORTS = ["--stats=1s", "--stats-log-level=NOTICE"] as const;

const RSYNC_INSTEAD = "use rsync_ssh for this equipment";

const HASH_LENGTH = 64;
const NAME_AT = HASH_LENGTH + 2;

export async function hashFar(
  connection: RcloneConnection,
  request: FarHashRequest,
): Promise<FarHashOutcome> {
  const { files, signal } = request;
  signal.throwIfAborted();
  const prefix = request.farDir === "" ? "" : `${request.farDir}/`;
  for await (const file of files) requireCarried(file.path);
  let proof = withinCeiling(await proofFor(connection, request), request);
  if (proof.download) await refuseOversize(request, { instead: RSYNC_INSTEAD });
  const linked = await pathsBehindLinks(connection, { paths: farNames(files, prefix), signal });
  const pass = await Pass.of(request, { prefix, linked });
  if (!await hashListed(connection, { pass, proof })) {
    // The far side promised SHA-256 and could not keep it.
    proof = READ_BACK;
    await refuseOversize(request, { instead: RSYNC_INSTEAD });
    if (!await hashListed(connection, { pass, proof })) {
      throw new TransportError("unknown", "rclone gives no SHA-256");
    }
  }
  await hashOtherSpellings(connection, { pass, proof });
  for await (const { path } of files) request.onHash(path, pass.hashOf(path));
  return {
    strength: proof.strength,
    notes: notesOf(connection, { pass, proof }),
    isFromThere: isReadOverThere(connection.backend),
  };
}

/** What is known so far of the list's files. */
class Pass {
  readonly request: FarHashRequest;
  readonly prefix: string;
  readonly linked: ReadonlySet<string>;
  readonly limitMs: number;
  /** What the place cannot give back as it was written. */
  readonly damaged: string[] = [];
  readonly #table: HashTable;
  #bytesDone = 0;
  #filesDone = 0;

  private constructor(
    request: FarHashRequest,
    { prefix, linked, table, limitMs }: Pick<Pass, "prefix" | "linked" | "limitMs"> & {
      readonly table: HashTable;
    },
  ) {
    this.request = request;
    this.prefix = prefix;
    this.linked = linked;
    this.#table = table;
    this.limitMs = limitMs;
  }

  static async of(
    request: FarHashRequest,
    about: { readonly prefix: string; readonly linked: ReadonlySet<string> },
  ): Promise<Pass> {
    const table = await HashTable.for(request.files);
    let limitMs = PASS_LIMIT_MS;
    for await (const { sizeBytes } of request.files) {
      limitMs += sizeBytes / SLOWEST_BYTES_PER_MS + SLOWEST_MS_PER_FILE;
    }
    limitMs = Math.min(Math.ceil(limitMs), LONGEST_PASS_MS);
    return new Pass(request, { ...about, table, limitMs });
  }

  /** Far names that are asked for: nothing behind a link is. */
  async *names(): AsyncGenerator<string> {
    for await (const { path } of this.request.files) {
      if (!this.linked.has(this.prefix + path)) yield this.prefix + path;
    }
  }

  /** Those without a hash so far; `plain` ones can be written in one Unicode form only. */
  async *missing({ plain }: { plain: boolean }): AsyncGenerator<string> {
    for await (const name of this.names()) {
      const path = name.slice(this.prefix.length);
      if (isPlain(path) === plain && this.hashOf(path) === null) yield name;
    }
  }

  hashOf(path: string): string | null {
    return this.#table.get(path);
  }

  isDamaged(name: string): void {
    this.damaged.push(name.slice(this.prefix.length));
    this.found(name, UNREADABLE_SHA256);
  }

  sizeOf(name: string): number | null {
    return this.#table.sizeOf(name.slice(this.prefix.length));
  }

  found(name: string, sha256: string): void {
    if (!name.startsWith(this.prefix)) return;
    const path = name.slice(this.prefix.length);
    const sizeBytes = this.#table.set(path, sha256);
    if (sizeBytes === null) return;
    this.#bytesDone += sizeBytes;
    this.#filesDone++;
    this.request.onProgress?.({
      bytesDone: this.#bytesDone,
      filesDone: this.#filesDone,
      currentPath: path,
    });
  }
}

function hashListed(
  connection: RcloneConnection,
  { pass, proof }: { pass: Pass; proof: Proof },
): Promise<boolean> {
  return runHashsum(connection, {
    pass,
    proof,
    names: { [Symbol.asyncIterator]: () => pass.names() },
  });
}

async function hashOtherSpellings(
  connection: RcloneConnection,
  { pass, proof }: { pass: Pass; proof: Proof },
): Promise<void> {
  const names = await inOtherSpellings(connection, {
    plain: pass.missing({ plain: true }),
    formed: pass.missing({ plain: false }),
    signal: pass.request.signal,
  });
  if (names.length === 0) return;
  const isDone = await runHashsum(connection, { pass, proof, names, direct: true });
  if (!isDone) throw new TransportError("unknown", "rclone gives no SHA-256");
}

function farNames(files: FileList, prefix: string): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const file of files) yield prefix + file.path;
    },
  };
}

/**
 * A folder of this machine may be a share: what is read from it is only counted where it is
 * "downloaded", which proves the same.
 */
function withinCeiling(proof: Proof, { downloadMbps = null }: FarHashRequest): Proof {
  const isRead = proof.strength === "read_back" && !proof.download;
  return isRead && downloadMbps !== null ? { ...proof, download: true } : proof;
}

/** The backend's own list of checksums is asked for only where it can make a difference. */
async function proofFor(connection: RcloneConnection, request: FarHashRequest): Promise<Proof> {
  const { type } = connection.backend;
  const { acceptProviderAsserted } = request;
  // Before 1.71 the sftp backend knows MD5 and SHA-1 only.
  const worthAsking = type === "sftp" ? isAtLeast(connection.version, 71) : acceptProviderAsserted;
  if (type === "local" || type === null || !worthAsking) {
    return chooseProof(type, { hashes: [], acceptProviderAsserted });
  }
  const { hashes } = await connection.features();
  return chooseProof(type, { hashes, acceptProviderAsserted });
}

/** False when something can only be told by reading back. */
async function runHashsum(
  connection: RcloneConnection,
  { pass, proof, names, direct = false }: {
    pass: Pass;
    proof: Proof;
    names: Iterable<string> | AsyncIterable<string>;
    direct?: boolean;
  },
): Promise<boolean> {
  if (await isNone(names)) return true;
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  await writeNameList(list, names);
  const { wrappedTypes, type } = connection.backend;
  let refused = false;
  const damage = new CryptDamage();
  await using ceiling = proof.download ? new TaughtCeiling(() => readBackMbps(pass.request)) : null;
  const lines = new ByteLines((line) => {
    const text = decodeLine(line);
    if (text === null) return;
    const hash = text.slice(0, HASH_LENGTH);
    // "ERROR", "UNSUPPORTED" or nothing may stand in the hash's column.
    if (/^[0-9a-f]{64}$/.test(hash)) pass.found(text.slice(NAME_AT), hash);
    else refused = true;
  });
  const end = await connection.run({
    args: [
      "hashsum",
      "sha256",
      farSpec(connection, ""),
      `--files-from-raw=${list}`,
      "--checkers=8",
      "--sftp-skip-links",
      ...(direct ? ["--no-traverse"] : []),
      ...(ceiling === null ? [] : REPORTS),
      ...(ceiling?.flags ?? []),
      ...(proof.download ? ["--download"] : []),
      // Or the bytes of an earlier pass would be read from this machine's own cache.
      ...(type === "cache" || wrappedTypes.has("cache") ? ["--cache-db-purge"] : []),
    ],
    ...(ceiling === null ? {} : { env: ceiling.env }),
    signal: AbortSignal.any([pass.request.signal, ...(ceiling === null ? [] : [ceiling.signal])]),
    timeoutMs: pass.limitMs,
    // A lost connection ends the pass: what is behind the next one may be another state.
    ...(type === "sftp" ? { lowLevelRetries: 1 } : {}),
    onStdoutChunk: (bytes) => lines.add(bytes),
    onLine(line) {
      damage.onLine(line);
      ceiling?.onLine(line);
    },
  });
  lines.end();
  if (end.exitCode === 0 && !refused) return true;
  if (isEncrypted(connection.backend) && !refused) {
    const { signal } = pass.request;
    const damaged = await damage.found(connection, { sizeOf: (name) => pass.sizeOf(name), signal });
    damaged?.forEach((name) => pass.isDamaged(name));
    if (damaged !== null) return true;
  }
  const failure = connection.tool.failure("not everything could be hashed at", end);
  const isFinal = proof.download || type === "local" || isDestinationFailure(failure.code);
  if (isFinal) throw failure;
  return false;
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

function notesOf(
  { backend }: RcloneConnection,
  { pass: { request, linked, damaged }, proof }: { pass: Pass; proof: Proof },
): string[] {
  const notes = proof.note === null ? [] : [proof.note];
  if (backend.type === "local" || request.dropCache) {
    notes.push("may have come from a cache: rclone cannot drop it");
  }
  if (!backend.checksHostKey) {
    notes.push("the server's host key is not checked: known_hosts_file is not set in the remote");
  }
  if (damaged.length > 0) {
    notes.push(
      `${damaged.length} of the files there cannot be decrypted: ` +
        `what is kept is not what was written, e.g. ${JSON.stringify(damaged[0])}`,
    );
  }
  if (linked.size > 0) notes.push(`${linked.size} listed names are links at the destination`);
  return notes;
}
