/**
 * The end of a head start: with the run's first proof `head_start.json` says over there that it is over.
 * From then on what stands in the folder is known by the manifest alone, and a stranger's file under a
 * name of the run is a stranger's, whatever queue looks at it.
 *
 * What is on either disk if the power goes after each line (the queue's own loss is the worst of it):
 *
 * | line | over there | a queue made anew believes ours |
 * |---|---|---|
 * | the far side is prepared | under way, no manifest | whatever stands there: it is set aside, and said |
 * | the pass is committed | the same | the same |
 * | the records are put, this one among them | settled (or not yet: nothing was flushed), no manifest | what is equal; anything else is a conflict |
 * | the manifest is put | settled or not, a manifest or not | what the manifest names; without it as above |
 * | the far disk was asked to keep them | settled, a manifest | what the manifest names |
 *
 * Where a power cut over there took this record back and left the manifest, the next generation settles it
 * before it takes the manifest away. With the queue at hand each step is done again, with the same bytes.
 */
import type { Job } from "../queue/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import { putRecords } from "./far_records.ts";
import { HEAD_START_FILE, headStartText, type HeadStartThere } from "./head_start_file.ts";
import type { FarWork, Work } from "./work.ts";

/** Said before anything of the run is sent: its books have this to settle too. */
export function noteHeadStart(
  job: Job,
  { context: { queue }, headStart }: Pick<Work, "context"> & { readonly headStart: HeadStartThere },
): void {
  if (headStart === "none" || headStart === "settled") return;
  if (queue.meta.get(keyOf(job)) === null) queue.meta.set(keyOf(job), OPEN);
}

/** What goes among the records of a proven run; empty for one without a head start. Far path → bytes. */
export function settledHeadStart(
  job: Job,
  { context: { queue, clock } }: Pick<Work, "context">,
): ReadonlyMap<string, Uint8Array> {
  let noted = queue.meta.get(keyOf(job));
  if (noted === null) return new Map();
  if (noted === OPEN) {
    // One text for all times: what is sent again is what stands there.
    noted = `${clock.now().toISOString()} ${job.generation}`;
    queue.meta.set(keyOf(job), noted);
  }
  const [at, generation] = noted.split(" ") as [string, string];
  const bytes = headStartText({ at, provenGeneration: Number(generation) });
  return new Map([[`${job.farDir}/${RECORDS_DIR}/${HEAD_START_FILE}`, bytes]]);
}

/** Of a run that was proven before: now, while its manifest still stands there. */
export async function settleHeadStart(job: Job, work: FarWork): Promise<void> {
  await putRecords(settledHeadStart(job, work), work);
}

const OPEN = "open";

function keyOf({ id }: Pick<Job, "id">): string {
  return `head_start:${id}`;
}
