/** What a thread does for a share: see `share_threads.ts`. Here every call may take as long as it likes. */
import { appendLineAtOnce } from "./append_line.ts";
import { Replacing } from "./atomic_write.ts";
import { type FileLock, tryLockFile } from "./file_lock.ts";
import type { SmallResults, SmallWork } from "./share_door.ts";
import { syncDirectorySync } from "./sync_directory.ts";

/** Held for whoever knows the number. */
const locks = new Map<number, FileLock>();
const files = new Map<number, Replacing>();
let next = 1;

export function performSmall(
  work: SmallWork,
): SmallResults[SmallWork["kind"]] | Promise<SmallResults[SmallWork["kind"]]> {
  switch (work.kind) {
    case "start":
      return null;
    case "lock": {
      const lock = tryLockFile(work.path, { mode: work.mode });
      if (lock === null) return null;
      locks.set(next, lock);
      return next++;
    }
    case "unlock": {
      const lock = locks.get(work.lock);
      locks.delete(work.lock);
      lock?.release();
      return null;
    }
    case "is_named":
      return locks.get(work.lock)?.isStillNamed() ?? false;
    case "write":
      return write(work);
    case "begin":
      files.set(next, Replacing.begin(work.path, work.options));
      return next++;
    case "piece":
      return on(work.file, async (file) => {
        await file.piece(ownBytes(work.bytes));
        await file.flush();
      });
    case "finish":
      return on(work.file, async (file) => {
        await file.finish();
        files.delete(work.file);
      });
    case "discard":
      files.get(work.file)?.discard();
      files.delete(work.file);
      return null;
    case "append":
      return append(work);
    case "sync_folder":
      return syncDirectorySync(work.path);
  }
}

async function write(
  { path, bytes, options }: Extract<SmallWork, { kind: "write" }>,
): Promise<null> {
  const key = next++;
  files.set(key, Replacing.begin(path, options));
  await on(key, async (file) => {
    await file.piece(ownBytes(bytes));
    await file.finish();
  });
  files.delete(key);
  return null;
}

async function append(
  { path, bytes, options }: Extract<SmallWork, { kind: "append" }>,
): Promise<null> {
  await appendLineAtOnce({ path, bytes: ownBytes(bytes) }, options);
  return null;
}

/** What fails is over. */
async function on(key: number, act: (file: Replacing) => Promise<void>): Promise<null> {
  const file = files.get(key);
  if (!file) throw new TypeError(`nobody writes file ${key}`);
  try {
    await act(file);
    return null;
  } catch (error) {
    file.discard();
    files.delete(key);
    throw file.failure(error);
  }
}

/** The runtime writes from no shared memory. */
function ownBytes(shared: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint8Array(shared));
}
