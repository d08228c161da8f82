/**
 * Proof where the far machine computes nothing for us: the files come back over the wire, some at a
 * time, are hashed here and removed.
 */
import { join } from "node:path";
import { DiskPool, inBatches, inOrder } from "../../disk/mod.ts";
import { readBackMbps, rsyncBwlimit } from "../ceiling.ts";
import type { FarHashOutcome, FarHashRequest, FileToSend } from "../contract.ts";
import { refuseOversize } from "../tool/oversize.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { FarFolderAbsent } from "./failure.ts";
import type { RsyncConnection } from "./connection.ts";
import { pullInto } from "./small_files.ts";

/** Two of them are on this disk at a time; only a single file may be larger. */
const BATCH = { maxItems: 2_000, maxBytes: 512 * 1024 * 1024 } as const;

const NOTES = [
  "the far account may only run rsync: the files were read back",
  "the far machine may have read from its cache",
];

const ALONE =
  "each command to the far machine made a connection of its own; whether it was restarted cannot be seen";

export async function readBack(
  connection: RsyncConnection,
  request: FarHashRequest,
): Promise<FarHashOutcome> {
  request.signal.throwIfAborted();
  await refuseOversize(request, { instead: "give the far account a shell" });
  await using root = await scratchFolder(connection.ssh.scratchDir, { prefix: "read-back-" });
  using pool = new DiskPool();
  let bytesDone = 0;
  let filesDone = 0;
  const batches = inBatches(request.files, { ...BATCH, sizeOf: (file) => file.sizeBytes });
  const pull = (files: FileToSend[], signal: AbortSignal) =>
    pullBatch(connection, { root: root.path, files, request, signal });
  // The next batch comes in while this one is hashed, unless two at once would exceed a ceiling.
  const ahead = readBackMbps(request) === null ? 2 : 1;
  const order = { ahead, signal: request.signal };
  for await (const { files, dir } of inOrder(batches, pull, order)) {
    await hashBatch(pool, { files, dir, request });
    if (dir !== null) await Deno.remove(dir, { recursive: true });
    bytesDone += files.reduce((sum, file) => sum + file.sizeBytes, 0);
    filesDone += files.length;
    request.onProgress?.({ bytesDone, filesDone, currentPath: files.at(-1)?.path ?? null });
  }
  const notes = connection.ssh.isShared ? NOTES : [...NOTES, ALONE];
  return { strength: "read_back", notes, isFromThere: true };
}

interface Pulled {
  readonly files: readonly FileToSend[];
  /** Null when the far folder is not there. */
  readonly dir: string | null;
}

async function pullBatch(
  connection: RsyncConnection,
  { root, files, request, signal }: {
    root: string;
    files: readonly FileToSend[];
    request: FarHashRequest;
    signal: AbortSignal;
  },
): Promise<Pulled> {
  const localDir = await Deno.makeTempDir({ dir: root });
  try {
    const names = files.map((file) => file.path);
    const mbps = readBackMbps(request);
    const options = mbps === null ? [] : [`--bwlimit=${rsyncBwlimit(mbps)}`];
    await pullInto(connection, { localDir, farDir: request.farDir, names, options, signal });
    return { files, dir: localDir };
  } catch (error) {
    if (error instanceof FarFolderAbsent) return { files, dir: null };
    throw error;
  }
}

async function hashBatch(
  pool: DiskPool,
  { files, dir, request }: Pulled & { request: FarHashRequest },
): Promise<void> {
  if (dir === null) {
    for (const { path } of files) request.onHash(path, null);
    return;
  }
  const items = files.map((file) => ({ ...file, path: join(dir, file.path), name: file.path }));
  for await (const outcome of pool.hashFiles(items, { signal: request.signal })) {
    const { name } = outcome.item;
    if (outcome.ok) request.onHash(name, outcome.value.sha256);
    else if (outcome.error.code === "source_vanished") request.onHash(name, null);
    else throw outcome.error;
  }
}
