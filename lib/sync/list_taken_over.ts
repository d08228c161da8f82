/**
 * The list of a cleaned run that a queue made anew took over from its record: what the manifest names,
 * here where the records were kept, else over there. It proves nothing by itself: the pass that follows
 * compares every file of it (`rules.md` 2).
 */
import { isThere } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { type Checksum, readChecksums, RECORD_FILES, recordPath } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { farManifest } from "./far_manifest.ts";
import type { FarWork } from "./work.ts";

/** True for a run of which this queue knows nothing but its record's word. */
export function isTakenOver({ state, sealedAt }: Pick<Job, "state" | "sealedAt">): boolean {
  return state === "cleaned" && sealedAt === null;
}

/**
 * Makes the manifest the run's list; the run stays cleaned.
 *
 * @throws TransportError `hash_mismatch` when there is no manifest to go by
 */
export async function takeListOver(job: Job, work: FarWork): Promise<Job> {
  await work.far.confirm();
  const entries = await manifestOf(job, work);
  const sizes = new Map<string, number>();
  for await (const { path, kind, sizeBytes } of work.far.session.list(job.farDir)) {
    if (kind === "file") sizes.set(path, sizeBytes);
  }
  const files = entries.map((entry) => ({ ...entry, sizeBytes: sizes.get(entry.path) ?? 0 }));
  const options = { reason: "taken_over", sealedBy: "labferry" };
  return await work.moves.together((take) =>
    work.context.queue.seals.fromManifest(job.id, {
      files,
      options,
      take: (now, seal) => take(now, { type: "sealed", seal }),
    })
  );
}

async function manifestOf(job: Job, { far }: FarWork): Promise<Checksum[]> {
  const here = recordPath(job.runPath, RECORD_FILES.checksums);
  if (await isThere(here)) return await Array.fromAsync(readChecksums(here));
  const there = await farManifest(job, far);
  const entries = there ? await Array.fromAsync(there()) : [];
  if (entries.length > 0) return entries;
  throw new TransportError("hash_mismatch", "Nothing says any more what the run was", {
    path: `${job.destination}/${job.farDir}`,
    why: "its local copy was let go, and there is no checksums.sha256 here or over there",
    hint:
      "look for one in a backup of the records and put it back; until then the run is not proven",
  });
}
