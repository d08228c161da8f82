/** A small file goes there as a run's files do, is hashed there, comes back, and is removed again. */
import { join } from "node:path";
import { encodeUtf8, formatBytes, type ProofStrength, STRENGTH_WORDS } from "../../base/mod.ts";
import { DiskPool } from "../../disk/mod.ts";
import { type FarSession, PROBE_ASIDE, probeFolder } from "../../transports/mod.ts";
import { fault, ok, type Said, warning } from "../line.ts";

export interface RoundTrip {
  readonly bytes: number;
  /** SHA-256 here, as it was hashed there, and of what came back; null: nothing was there. */
  readonly sha256: string;
  readonly farSha256: string | null;
  readonly backSha256: string | null;
  readonly strength: ProofStrength;
  /** What the place cannot do: of the push, the proof and the flush. */
  readonly notes: readonly string[];
  /** Nothing of the probe is there any more. */
  readonly isGone: boolean;
  /** Where it was. */
  readonly farDir: string;
}

export interface RoundTripOptions {
  /** An empty or foreign folder is not touched: the probe gets one of its own below it. */
  readonly scratchDir: string;
  readonly acceptProviderAsserted: boolean;
  readonly signal: AbortSignal;
}

/** A file that compresses to nothing would tell less; one line says to a person what it is. */
const RANDOM_BYTES = 64 * 1024;
const NAME = "labferry doctor probe.bin";

export async function roundTrip(
  session: FarSession,
  { scratchDir, acceptProviderAsserted, signal }: RoundTripOptions,
): Promise<RoundTrip> {
  const sourceDir = join(scratchDir, "probe");
  const intoDir = join(scratchDir, "back");
  await Deno.mkdir(sourceDir);
  await Deno.mkdir(intoDir);
  const bytes = probeBytes();
  await Deno.writeFile(join(sourceDir, NAME), bytes);
  const { mtime } = await Deno.stat(join(sourceDir, NAME));
  const file = { path: NAME, sizeBytes: bytes.length, mtimeMs: mtime!.getTime() };
  const farDir = probeFolder();
  const notes: string[] = [];
  let farSha256: string | null = null;
  using pool = new DiskPool({ threads: 1 });
  try {
    await session.push({
      sourceDir,
      files: [file],
      farDir,
      supersedeInto: `${farDir}/${PROBE_ASIDE}`,
      resend: false,
      uploadMbps: null,
      onNote: (note) => notes.push(note),
      signal,
    });
    const flush = await session.flush(farDir);
    if (flush.note !== null) notes.push(flush.note);
    const outcome = await session.hash({
      farDir,
      files: [file],
      onHash: (_, sha256) => farSha256 = sha256,
      dropCache: true,
      maxStreamBytes: 0,
      acceptProviderAsserted,
      signal,
    });
    await session.fetch({ farDir, files: [file], intoDir, downloadMbps: null, signal });
    const back = await Deno.lstat(join(intoDir, NAME)).then(({ isFile }) => isFile, (error) => {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    });
    return {
      bytes: bytes.length,
      sha256: (await pool.hashFile(join(sourceDir, NAME), { signal })).sha256,
      farSha256,
      backSha256: back ? (await pool.hashFile(join(intoDir, NAME), { signal })).sha256 : null,
      strength: outcome.strength,
      notes: [...new Set([...notes, ...outcome.notes])],
      isGone: await taken(session, farDir),
      farDir,
    };
  } catch (error) {
    // What failed is what is said; a session that still works takes the probe along.
    await session.removeProbe(farDir, [NAME]).catch((second) => {
      if (second instanceof TypeError) throw second;
    });
    throw error;
  }
}

async function taken(session: FarSession, farDir: string): Promise<boolean> {
  await session.removeProbe(farDir, [NAME]);
  return (await session.getFiles(farDir, [NAME])).get(NAME) === null;
}

function probeBytes(): Uint8Array<ArrayBuffer> {
  const line = encodeUtf8("labferry doctor wrote this to try the way; it may be removed\n");
  const bytes = new Uint8Array(line.length + RANDOM_BYTES);
  bytes.set(line);
  crypto.getRandomValues(bytes.subarray(line.length));
  return bytes;
}

export function judgeRoundTrip(trip: RoundTrip): readonly Said[] {
  const { bytes, sha256, farSha256, backSha256, strength, notes, isGone, farDir } = trip;
  const size = formatBytes(bytes);
  if (farSha256 !== sha256 || backSha256 !== sha256) {
    const which = farSha256 !== sha256 ? "arrived with other bytes" : "came back with other bytes";
    return [fault({
      code: "hash_mismatch",
      message: `a file of ${size} ${which}`,
      hint: "do not use this destination before its disk, its memory and the network were checked",
    })];
  }
  const proof = `a file of ${size} went there, was ${STRENGTH_WORDS[strength]}, and came back`;
  if (strength === "size_only") {
    return [warning({
      code: "not_verified",
      message: proof,
      hint: "see verify.max_stream_bytes, or use a transport whose far side can be read or hashed",
    })];
  }
  if (!isGone) {
    return [warning({
      code: "unknown",
      message: `${proof}; it could not be removed again`,
      hint: `remove ${farDir} at the destination by hand`,
    })];
  }
  return [ok(notes.length > 0 ? `${proof}; ${notes.join("; ")}` : proof)];
}
