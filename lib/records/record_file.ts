/**
 * A record as a file: bounded reading, and changing under the lock its peers respect
 * (`records.md`, "Writing, always").
 */
import { dirname } from "node:path";
import { encodeUtf8, LabferryError } from "../base/mod.ts";
import {
  type JsonDocument,
  MalformedJson,
  MAX_JSON_BYTES,
  parseJson,
  type TextPosition,
  tooLarge,
} from "../base/json.ts";
import {
  callsFor,
  type FileLock,
  lockFile,
  type LockMode,
  syncDirectory,
  writeFileAtomic,
} from "../disk/mod.ts";

export interface LockWait {
  /** Longest wait for the record's lock in milliseconds. @default 30_000 */
  readonly lockTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a JSON record whose root is an object. Takes no lock: renaming makes every version whole.
 *
 * @throws {LabferryError} `record_missing`; `malformed_record` naming file, place and reason
 */
export async function readRecord(path: string): Promise<JsonDocument> {
  return parseRecord(await readRecordBytes(path), path);
}

/** Parses what was read from `path`; a missing newline at the end is fine, anything odd is not. */
export function parseRecord(source: Uint8Array | string, path: string): JsonDocument {
  let document: JsonDocument;
  try {
    document = parseJson(source);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    throw malformedRecord(path, { reason: error.reason, at: error.position });
  }
  const { value } = document;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return document;
  throw malformedRecord(path, { reason: "it is not a JSON object", at: { line: 1, column: 1 } });
}

/**
 * Reads a record whole, unless it cannot be one: a folder, a link, a device, a huge file. Only the
 * first look goes through the thread pool, in case the file system hangs; each further trip there
 * would take ten times as long as the read itself.
 */
export async function readRecordBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await callsFor(path);
    await Deno.lstat(path);
  } catch (error) {
    throw readFailure(error, path);
  }
  return await readBytes(path);
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const calls = await callsFor(path);
  try {
    const info = await calls.lstat(path);
    if (info.isSymlink) throw malformedRecord(path, { reason: "it is a symbolic link" });
    if (info.isDirectory) throw malformedRecord(path, { reason: "it is a folder" });
    if (!info.isFile) throw malformedRecord(path, { reason: "it is not a regular file" });
    if (info.size > MAX_JSON_BYTES) {
      throw malformedRecord(path, { reason: tooLarge(info.size, MAX_JSON_BYTES).reason });
    }
    return await calls.readFile(path);
  } catch (error) {
    throw readFailure(error, path);
  }
}

function readFailure(error: unknown, path: string): unknown {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return new LabferryError("record_missing", `${path} is not there`, { path, cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new LabferryError("record_unreadable", `${path} cannot be read`, {
      why: "permission denied",
      path,
      cause: error,
      hint: "Let the account labferry runs under read that file.",
    });
  }
  return error;
}

/** The error for a record whose content is not what it should be; the file is left as it is. */
export function malformedRecord(
  path: string,
  { reason, at = null }: { readonly reason: string; readonly at?: TextPosition | null },
): LabferryError {
  return new LabferryError("malformed_record", `${path} is not a usable record`, {
    why: at ? `line ${at.line}, column ${at.column}: ${reason}` : reason,
    path,
    hint: "The file was left as it is; repair it by hand, or restore it from a copy.",
  });
}

/**
 * Locks `<record>.lock`.
 *
 * @throws {LabferryError} `lock_timeout`; `record_missing` when the record's folder is not there
 */
export async function lockRecord(
  path: string,
  { mode, lockTimeoutMs, signal }: LockWait & { readonly mode: LockMode },
): Promise<FileLock> {
  try {
    return await lockFile(`${path}.lock`, {
      mode,
      ...(lockTimeoutMs === undefined ? {} : { timeoutMs: lockTimeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "not_found") throw error;
    throw new LabferryError("record_missing", `${path} is not there`, { path, cause: error });
  }
}

/** A record's bytes as they are between two writes, under the shared lock. */
export async function snapshotRecord(
  path: string,
  wait: LockWait = {},
): Promise<Uint8Array<ArrayBuffer>> {
  using _lock = await lockForSnapshot(path, wait);
  return await readRecordBytes(path);
}

/**
 * Where the lock file cannot be made (a run on read-only media, somebody else's folder) no writer
 * of this account is kept out by it either; the rename still makes the read whole.
 */
async function lockForSnapshot(path: string, wait: LockWait): Promise<FileLock | null> {
  try {
    return await lockRecord(path, { ...wait, mode: "shared" });
  } catch (error) {
    const isRefused = error instanceof LabferryError &&
      (error.code === "read_only" || error.code === "permission_denied");
    if (isRefused) return null;
    throw error;
  }
}

/**
 * Reads, changes and writes a record under one exclusive lock. `change` gets the parsed text and
 * returns the new one; returning the old text writes nothing.
 */
export async function rewriteRecord<T>(
  path: string,
  change: (document: JsonDocument) => { readonly text: string; readonly result: T },
  wait: LockWait = {},
): Promise<T> {
  using _lock = await lockRecord(path, { ...wait, mode: "exclusive" });
  const document = parseRecord(await readBytes(path), path);
  const { text, result } = change(document);
  if (text !== document.text) await writeFileAtomic(path, encodeUtf8(text));
  return result;
}

/**
 * Makes the folder of a record, whose own parent has to be there.
 *
 * @throws {LabferryError} `folder_missing`
 */
export async function makeRecordFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await Deno.mkdir(folder);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new LabferryError("folder_missing", `${dirname(folder)} is not there`, {
      why: `${path} cannot be written without it`,
      path: dirname(folder),
      cause: error,
    });
  }
  await syncDirectory(dirname(folder));
}

/** The text of a new record, laid out as the other program's readers expect: two spaces. */
export function newRecordText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
