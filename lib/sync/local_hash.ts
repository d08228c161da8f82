/** Hashing a run's files here, on the disk threads, in batches the queue can store. */
import { join } from "node:path";
import { counted, LabferryError } from "../base/mod.ts";
import type { HashItem } from "../disk/mod.ts";
import type { HashedFile, Job, OtherAlgorithm } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import type { SyncContext } from "./destination.ts";

/** Path relative to the run; the size lets large files have a thread of their own. */
export interface LocalFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly known?: string | null;
  /** To be computed in the same reading. */
  readonly others?: readonly OtherAlgorithm[];
}

export interface LocalHashOptions {
  readonly context: Pick<SyncContext, "pool">;
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number, path: string) => void;
}

const BATCH = 500;

/**
 * Yields batches in the order of `files`, each file with the stat it had when it was read.
 *
 * @throws TransportError `source_vanished`, `source_unreadable`, `source_changed`
 */
export async function* hashLocal(
  dataDir: string,
  files: AsyncIterable<LocalFile>,
  { context, signal, onBytes }: LocalHashOptions,
): AsyncGenerator<HashedFile[]> {
  let batch: HashedFile[] = [];
  const outcomes = context.pool.hashFiles(absolute(dataDir, files), {
    signal,
    ...(onBytes ? { onBytes } : {}),
  });
  for await (const outcome of outcomes) {
    if (!outcome.ok) throw sourceError(outcome.error);
    const { sha256, others, ...stat } = outcome.value;
    const { relative: path } = outcome.item;
    batch.push({ path, sha256, stat, ...(others ? { others } : {}) });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* absolute(
  dataDir: string,
  files: AsyncIterable<LocalFile>,
): AsyncGenerator<HashItem & { readonly relative: string }> {
  for await (const { path, sizeBytes, others } of files) {
    const whole = { path: join(dataDir, path), relative: path, sizeBytes };
    yield others ? { ...whole, others } : whole;
  }
}

/** The disk's words as the run's failure. */
function sourceError(error: LabferryError): LabferryError {
  const details = {
    ...(error.path === undefined ? {} : { path: error.path }),
    why: error.message,
    cause: error,
  };
  switch (error.code) {
    case "source_vanished":
    case "source_changed":
    case "source_unreadable":
      return new TransportError(
        error.code,
        "A file of the run could not be read as it was sealed",
        details,
      );
    case "not_a_file":
    case "link_refused":
      return new TransportError(
        "source_changed",
        "A file of the run is now something else",
        details,
      );
    default:
      return error;
  }
}

/**
 * The same stat with other bytes is rot (or somebody who sets times back): nothing of it is sent
 * over a good copy, and a person decides.
 *
 * @throws TransportError `local_copy_damaged`, `source_changed`
 */
export function refuseChanged(
  job: Job,
  { differing, stale }: { differing: readonly string[]; stale: readonly string[] },
): void {
  if (differing.length > 0) {
    throw new TransportError(
      "local_copy_damaged",
      "A local file has other bytes than when it was sealed",
      {
        path: `${job.dataDir}/${differing[0]}`,
        why:
          `its size and times are unchanged, so no program wrote it: the disk, or something that hides its traces (${
            counted(differing.length, "file")
          })`,
        hint:
          "do not delete anything; compare with the far copy, then `labferry retry RUN` or restore the file",
      },
    );
  }
  if (stale.length > 0) {
    throw new TransportError("source_changed", "A file changed after it was sealed", {
      path: `${job.dataDir}/${stale[0]}`,
      why: "it was written to while it was being sent",
    });
  }
}
