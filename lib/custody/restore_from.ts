/**
 * Bringing a run back from its far folder alone: no queue, no configuration, nothing of this computer
 * is asked (the PC died; somebody else needs the data). What the files have to be, the far manifest
 * says: it is the last write of a generation, and its presence means "arrived whole and proven".
 */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { DiskPool, lstatOrNull } from "../disk/mod.ts";
import { isRecordPath, readChecksums, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import {
  confirmIdentity,
  type FarEntry,
  type FarSession,
  type Transport,
} from "../transports/mod.ts";
import type { TransportProgress } from "../transports/mod.ts";
import { bringFiles, type Brought, type WantedFile } from "./restore_files.ts";
import { bringFolders } from "./restore_folders.ts";
import { filterOf, type PathFilter, refuseNothingMeant } from "./restore_pattern.ts";
import { bringRecords } from "./restore_records.ts";
import { forgetStage, type Measured, requireRoom, targetElsewhere } from "./restore_target.ts";

export interface RestoreOver {
  readonly session: FarSession;
  /** The place as people write it. */
  readonly address: string;
  /** The run's folder below the base; `""` for the base itself. */
  readonly farDir: string;
  /** Becomes the run's folder: its files come to be directly in it. Made where it is missing. */
  readonly to: string;
  /** As `--only`, or told by path; null for all files, with the records. */
  readonly only: readonly string[] | PathFilter | null;
  readonly downloadMbps: number | null;
  /** A local folder (0700); the caller removes it. */
  readonly scratchDir: string;
  readonly pool: DiskPool;
  /** The whole is known before the first byte comes. */
  readonly onProgress?: (progress: TransportProgress, whole: Measured) => void;
  readonly signal: AbortSignal;
}

export interface RestoreFrom extends Omit<RestoreOver, "session" | "address" | "pool"> {
  readonly transport: Transport;
  /** The mark that the base must carry; null where nobody remembers one. */
  readonly uuid: string | null;
  /** As `ConnectOptions.token`. */
  readonly token: string;
}

export interface RestoredFrom extends Brought {
  /** Absolute. */
  readonly to: string;
  readonly records: number;
}

/** As `restoreOver`, over a connection of its own. */
export async function restoreFrom(options: RestoreFrom): Promise<RestoredFrom> {
  const { transport, uuid, scratchDir, token, signal } = options;
  const { address } = transport;
  await using session = await transport.connect({ signal, token, scratchDir });
  await session.check();
  if (uuid !== null) await confirmIdentity(session, uuid, { address });
  using pool = new DiskPool();
  return await restoreOver({ ...options, session, address, pool });
}

/**
 * @throws LabferryError `record_missing` when there is no far manifest, `disk_full`, `run_busy`;
 * TransportError of the destination
 */
export async function restoreOver(options: RestoreOver): Promise<RestoredFrom> {
  const { session, pool, farDir, to, downloadMbps, signal, onProgress } = options;
  const only = typeof options.only === "function" ? options.only : filterOf(options.only);
  const manifest = await fetchManifest(options);
  using target = await targetElsewhere(to);
  const whole = await requireRoom(target, {
    files: dataOf(session, { farDir, only }),
    signal,
  });
  const part = { session, pool, farDir, target, signal };
  const files = await bringFiles({
    ...part,
    files: wantedOf(manifest, only),
    downloadMbps,
    ...(onProgress ? { onProgress: (now) => onProgress(now, whole) } : {}),
  });
  const isWhole = only === null;
  const records = isWhole ? await bringRecords(part) : 0;
  const { dir } = target;
  const brought = isWhole
    ? await bringFolders(files, { paths: foldersOf(session, farDir), dir, pool, signal })
    : files;
  await forgetStage(target);
  if (typeof options.only !== "function") refuseNothingMeant(options.only, brought);
  return { ...brought, to: dir, records };
}

/** The path of the manifest's copy in the scratch folder. */
async function fetchManifest(
  { session, address, farDir, scratchDir, signal }: RestoreOver,
): Promise<string> {
  const name = `${RECORDS_DIR}/${RECORD_FILES.checksums}`;
  const intoDir = join(scratchDir, "manifest");
  await Deno.mkdir(intoDir);
  const files = [{ path: name, sizeBytes: 0, mtimeMs: 0 }];
  await session.fetch({ farDir, files, intoDir, downloadMbps: null, signal });
  const path = join(intoDir, name);
  if (await lstatOrNull(path)) return path;
  throw new LabferryError("record_missing", `${address}/${farDir} has no manifest`, {
    why: `${name} is the last write of a run that was proven there`,
    path: `${address}/${farDir}`,
    hint:
      "name the run's own folder below the destination; without a manifest its files can only be copied by hand, unproven",
  });
}

async function* wantedOf(
  manifest: string,
  only: PathFilter | null,
): AsyncGenerator<WantedFile> {
  for await (const { path, sha256 } of readChecksums(manifest)) {
    if (isRecordPath(path) || (only && !only(path))) continue;
    yield { path, sha256, sizeBytes: 0, mtimeMs: null };
  }
}

/**
 * Data files that are over there, in the manifest or not: how much room they take. Only the listing knows
 * sizes, it comes in any order, and to look each name up in the manifest would take all of them in memory.
 * So what is in none (somebody put it there) is asked room for too: at worst a restore that would just have
 * fitted says so before its first byte, and `--only` or another disk gets it.
 */
async function* dataOf(
  session: FarSession,
  { farDir, only }: { readonly farDir: string; readonly only: PathFilter | null },
): AsyncGenerator<FarEntry> {
  for await (const entry of session.list(farDir)) {
    if (entry.kind !== "file" || isRecordPath(entry.path)) continue;
    if (!only || only(entry.path)) yield entry;
  }
}

/** Empty ones are in no manifest. */
async function* foldersOf(session: FarSession, farDir: string): AsyncGenerator<string> {
  for await (const { kind, path } of session.list(farDir)) {
    if (kind === "folder" && !isRecordPath(path)) yield path;
  }
}
