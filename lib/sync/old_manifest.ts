/**
 * After a lost queue the far manifest still says what was proven once (`rules.md` 2): each name in
 * it is ours over there, and one that is gone here stays in the list, compared in every pass.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Checksum } from "../records/mod.ts";
import { farManifest } from "./far_manifest.ts";
import type { FarWork, LookWork } from "./work.ts";

const BATCH = 500;

export interface OldManifest {
  /** Names in it. */
  readonly named: number;
  /** Those of them that the run has here. */
  readonly here: number;
  /** Those that are gone here and were not in the list: they are by now. */
  readonly added: number;
  /** There never was one, as far as the far side tells. */
  readonly isAbsent: boolean;
}

const NOTHING = { named: 0, here: 0, added: 0 };

/** Null when this queue has proven the run itself and needs no reminder. */
export async function learnOldManifest(
  job: Job,
  work: LookWork,
): Promise<OldManifest | null> {
  const { look, context: { queue } } = work;
  if (await queue.files(job.id).hasAny("proven")) return null;
  const entries = await readable(job, work);
  if (typeof entries === "string") return { ...NOTHING, isAbsent: entries === "absent" };
  let named = 0;
  let here = 0;
  let added = 0;
  const take = (batch: readonly Checksum[]) => {
    look.own(batch.map(({ path }) => path));
    const gone = batch.filter(({ path }) => !queue.files(job.id).has(path)).map((entry) => ({
      ...entry,
      sizeBytes: look.sizeOf(entry.path) ?? 0,
    }));
    named += batch.length;
    here += batch.filter(({ path }) => queue.files(job.id).isHere(path)).length;
    added += queue.files(job.id).addFromManifest(gone);
  };
  let batch: Checksum[] = [];
  for await (const entry of entries()) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    take(batch);
    batch = [];
  }
  take(batch);
  if (named > 0) queue.timeline.note(job.id, { kind: "manifest_read", detail: { named, added } });
  return { named, here, added, isAbsent: false };
}

/**
 * All entries, or none: half a manifest would make the rest of the names free. One that cannot be
 * read makes nothing ours; whatever differs is then a conflict, which loses nothing.
 */
async function readable(
  job: Job,
  work: FarWork,
): Promise<(() => AsyncGenerator<Checksum>) | "absent" | "unreadable"> {
  const entries = await farManifest(job, work.far);
  if (entries === null) return "absent";
  try {
    for await (const _ of entries()) { /* each is checked as it comes */ }
    return entries;
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "malformed_manifest") throw error;
    work.context.log("warn", `The old far manifest cannot be read: ${error.message}`, {
      job: job.id,
      run: job.runPath,
    });
    return "unreadable";
  }
}
