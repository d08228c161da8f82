/**
 * The failure of a run whose folder is not there any more. When the root that holds it is gone too,
 * or another disk stands in its place, that is the root's state: a disk that is unplugged takes no
 * run with it (`rules.md` 4).
 */
import { dirname } from "node:path";
import { isAbort, LabferryError } from "../base/mod.ts";
import { statOrNull } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { SyncContext } from "./destination.ts";

export function runGone(runPath: string, cause: unknown): TransportError {
  return new TransportError("source_vanished", "The run's folder is gone", {
    path: runPath,
    why: "nothing is at that path any more",
    hint: "put it back and run `labferry retry RUN`, or cancel the run",
    cause,
  });
}

/** True for the failure of a run whose folder, or a part of it, is not there any more. */
export function isRunGone(error: unknown): boolean {
  return error instanceof TransportError && error.code === "source_vanished";
}

/** The error as it is, or the root's, when it is not this run that is missing. */
export async function rootOrRun(
  error: unknown,
  { job, queue, sources }: Pick<SyncContext, "queue" | "sources"> & { readonly job: Job },
): Promise<unknown> {
  // Whatever a share that went away made of the work: it says nothing of the run.
  const away = isAbort(error) ? null : await sourceAway(job, { sources, cause: error });
  if (away !== null) return away;
  if (!isRunGone(error)) return error;
  const info = await statOrNull(job.dataDir);
  if (info?.isDirectory) return error;
  const root = rootOf(job);
  const found = await statOrNull(root);
  const why = found === null
    ? "it is not there: its disk is unplugged or its share is not mounted"
    : await isAnotherDevice(await nearestDevice(job.dataDir), job, queue)
    ? "another disk is in its place, so it says nothing of the run"
    : null;
  if (why === null) return error;
  return rootMissing(root, { why, cause: error });
}

/**
 * The share of another computer from which the run is fetched, where it is not what it was
 * (`rules.md` 28); null for a share that is, and for any other run.
 */
export async function sourceAway(
  { equipmentId, dataDir }: Pick<Job, "equipmentId" | "dataDir">,
  { sources, cause }: Pick<SyncContext, "sources"> & { readonly cause?: unknown },
): Promise<LabferryError | null> {
  const why = await sources.faultOf(equipmentId, dataDir);
  return why === null ? null : rootMissing(dataDir, { why, cause });
}

function rootMissing(
  path: string,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): LabferryError {
  return new LabferryError("root_missing", "The folder that holds the runs is not what it was", {
    path,
    why,
    hint: "plug the disk in or mount the share; the runs below it go on by themselves",
    cause,
  });
}

/** `local_root` for a run in its layout; of files the folder they are in; for any other the one above. */
function rootOf({ runPath, dataDir, members, equipmentId, farDir }: Job): string {
  if (members !== null) return dataDir;
  if (dataDir !== runPath) return dirname(dataDir);
  const layout = `/${equipmentId}/${farDir}`;
  const path = runPath.replaceAll("\\", "/");
  return path.endsWith(layout) ? runPath.slice(0, -layout.length) : dirname(runPath);
}

/** The device of the nearest folder above the run that is there. */
async function nearestDevice(runPath: string): Promise<number> {
  let folder = dirname(runPath);
  while (true) {
    const info = await statOrNull(folder);
    if (info || folder === dirname(folder)) return info?.dev ?? -1;
    folder = dirname(folder);
  }
}

/** What is known of the run's files names the device they were on. */
async function isAnotherDevice(
  dev: number,
  job: Job,
  queue: SyncContext["queue"],
): Promise<boolean> {
  for await (const { fileId } of queue.files(job.id).list("present")) {
    const known = fileId.split(":")[0] ?? "";
    return known !== "" && known !== String(dev);
  }
  return false;
}
