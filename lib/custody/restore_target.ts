/**
 * Where files come back to: the folder they get their names in, and a folder of ours in it, on the same
 * file system, where they are until they are known to be the right ones.
 */
import { dirname, join, resolve } from "node:path";
import { counted, formatBytes, LabferryError } from "../base/mod.ts";
import { diskError, diskFailure, errnoOf, lstatOrNull, tryLockFile } from "../disk/mod.ts";
import { RECORDS_DIR, RESTORE_DIR, RESTORE_STAGE } from "../records/mod.ts";
import { roomAt } from "./free_space.ts";

export interface RestoreTarget extends Disposable {
  /** Absolute. */
  readonly dir: string;
  /** Below `dir`; nobody else writes there while the target is open. */
  readonly stageDir: string;
}

/** Left free beside what comes back: names and folders need room as well. */
const SPARE_BYTES = 1024 * 1024;
const LOCK = "lock";

/** In a run's own folder, which the caller has locked. */
export async function targetInRun(runPath: string): Promise<RestoreTarget> {
  const stageDir = join(runPath, RECORDS_DIR, RESTORE_DIR);
  await makeStage(stageDir);
  return { dir: runPath, stageDir, [Symbol.dispose]() {} };
}

/**
 * Beside the data of any other folder, which is made where it is missing.
 * @throws LabferryError `run_busy` when another restore fills the folder, `not_a_folder`, what the disk says
 */
export async function targetElsewhere(dir: string): Promise<RestoreTarget> {
  const path = resolve(dir);
  await makeFolder(path);
  const real = await Deno.realPath(path);
  const stageDir = join(real, RESTORE_STAGE);
  await makeStage(stageDir);
  // Inside the folder that goes at the end: nothing of ours stays in a person's folder.
  const lock = tryLockFile(join(stageDir, LOCK), { mode: "exclusive" });
  if (lock === null) {
    throw new LabferryError("run_busy", "Another labferry restores into this folder just now", {
      path: real,
      hint: "wait for it to end",
    });
  }
  return {
    dir: real,
    stageDir,
    [Symbol.dispose]() {
      // Windows keeps the name of a file that is open.
      if (Deno.build.os === "windows") lock[Symbol.dispose]();
      removeUnused(stageDir);
      lock[Symbol.dispose]();
    },
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    if (!["EEXIST", "ENOTDIR"].includes(errnoOf(error) ?? "")) {
      throw diskFailure(error, `The folder ${path} cannot be made`, path);
    }
    throw diskError("not_a_folder", `Nothing is restored to ${path}`, {
      path,
      why: "it, or what it would lie in, is a file",
      hint: "name a folder with --to; one that is not there yet is made",
      cause: error,
    });
  }
}

/** Nothing was staged, or all of it is in place: where there is no room nothing of ours stays either. */
function removeUnused(stageDir: string): void {
  try {
    const staged = [...Deno.readDirSync(stageDir)].filter(({ name }) => name !== LOCK);
    if (staged.length === 0) Deno.removeSync(stageDir, { recursive: true });
  } catch (error) {
    // It went at the end of the restore, or its disk did: then the next one takes it over.
    if (errnoOf(error) === null) throw error;
  }
}

async function makeStage(stageDir: string): Promise<void> {
  await Deno.mkdir(stageDir, { recursive: true, mode: 0o700 });
  for (const folder of [dirname(stageDir), stageDir]) {
    const info = await lstatOrNull(folder);
    if (info?.isDirectory) continue;
    throw diskError("link_refused", `${folder} is not a folder`, {
      path: folder,
      hint: "Move it away: nothing is written through a link.",
    });
  }
}

/** What is staged is ours, and in place by now, or of no use. Nothing is staged there after it. */
export async function forgetStage(target: RestoreTarget): Promise<void> {
  const { stageDir } = target;
  if (!await lstatOrNull(stageDir)) return;
  try {
    await Deno.remove(stageDir, { recursive: true });
  } catch (error) {
    // Windows keeps the name of a file that is open, as the lock is until it is let go.
    if (Deno.build.os !== "windows") throw error;
    target[Symbol.dispose]();
    await Deno.remove(stageDir, { recursive: true });
  }
}

export interface Measured {
  /** All of them. */
  readonly files: number;
  readonly bytes: number;
  /** Those that are neither in place nor staged. */
  readonly toFetchBytes: number;
}

/** Looks under way at once. */
const PARALLEL = 64;

/**
 * What has to come.
 *
 * @throws LabferryError `disk_full` before the first byte comes
 */
export async function requireRoom(
  { dir, stageDir }: RestoreTarget,
  { files, signal }: {
    readonly files: Iterable<Sized> | AsyncIterable<Sized>;
    readonly signal: AbortSignal;
  },
): Promise<Measured> {
  const measured = { files: 0, bytes: 0, toFetchBytes: 0 };
  let some: Sized[] = [];
  const look = async () => {
    signal.throwIfAborted();
    const here = await Promise.all(
      some.map(async ({ path }) =>
        await lstatOrNull(join(dir, path)) ?? await lstatOrNull(join(stageDir, path))
      ),
    );
    for (const [at, { sizeBytes }] of some.entries()) {
      measured.files++;
      measured.bytes += sizeBytes;
      if (here[at] === null) measured.toFetchBytes += sizeBytes;
    }
    some = [];
  };
  for await (const file of files) if (some.push(file) === PARALLEL) await look();
  await look();
  const { freeBytes } = await roomAt(dir);
  if (measured.toFetchBytes + SPARE_BYTES <= freeBytes) return measured;
  throw diskError("disk_full", `${dir} has no room for what would come back`, {
    path: dir,
    why: `${formatBytes(measured.toFetchBytes)} of ${counted(measured.files, "file")} would come, ${
      formatBytes(SPARE_BYTES)
    } are needed beside them, ${formatBytes(freeBytes)} are free`,
    hint: "Make room, restore a part (--only), or restore to another disk (--to DIR).",
  });
}

interface Sized {
  readonly path: string;
  readonly sizeBytes: number;
}
