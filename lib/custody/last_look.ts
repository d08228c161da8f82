/**
 * The look that a deletion makes first: every far byte compared over a connection of its own, past this
 * computer's memory where that can be had, and beside it every local file read once more.
 */
import type { Job } from "../queue/mod.ts";
import {
  beside,
  type FarWork,
  hashLocal,
  type PassedOver,
  passOver,
  refuseChanged,
  type SealResult,
} from "../sync/mod.ts";
import type { DeletionPolicy, LastLook } from "./facts.ts";
import { uptimeMs } from "../base/mod.ts";

export interface Looked extends PassedOver {
  /** As of now: how long ago it was is counted anew. Null when the far copy is not what it was. */
  look(): LastLook | null;
}

export async function lastLook(
  seal: SealResult,
  work: FarWork & {
    readonly policy: Pick<DeletionPolicy, "rehash">;
    readonly upMs?: () => number;
  },
): Promise<Looked> {
  const { context, policy, signal, upMs = uptimeMs } = work;
  const { clock } = context;
  let passed: PassedOver | null = null;
  const here = { files: 0, bytes: 0, changed: 0 };
  await beside(signal, [
    async (signal) => {
      passed = await passOver(seal, { ...work, signal, dropCache: true });
    },
    async (signal) => {
      if (policy.rehash) await readHere(seal.job, { work: { ...work, signal }, here });
    },
  ]);
  const { job, comparison } = passed! as PassedOver;
  const endedMs = clock.monotonicMs();
  const endedAt = clock.now().toISOString();
  return {
    job,
    comparison,
    look: () =>
      comparison.clean
        ? {
          passId: comparison.pass.id,
          strength: comparison.verification.strength,
          isFromThere: comparison.isFromThere,
          // `compare` asks before and after, and throws when the answer is not the one it must be.
          isIdentityConfirmed: true,
          agoMs: clock.monotonicMs() - endedMs,
          endedAt,
          uptimeMs: upMs(),
          rehashed: policy.rehash ? { files: here.files, bytes: here.bytes } : null,
          changed: here.changed,
        }
        : null,
  };
}

/** @throws TransportError `local_copy_damaged`: the disk here rots, and the far copy is the good one */
async function readHere(
  job: Job,
  { work, here }: {
    readonly work: FarWork;
    readonly here: { files: number; bytes: number; changed: number };
  },
): Promise<void> {
  const { context, signal } = work;
  const files = context.queue.files(job.id);
  for await (const batch of hashLocal(job.dataDir, files.list("present"), { context, signal })) {
    const { differing, stale } = files.setHashes(batch);
    refuseChanged(job, { differing, stale: [] });
    here.changed += stale.length;
    here.files += batch.length;
    for (const { stat } of batch) here.bytes += stat?.sizeBytes ?? 0;
  }
}
