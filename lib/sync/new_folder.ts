/**
 * A folder that was made anew under an old name is another experiment. Host and path are the same,
 * so only its files can tell: when none of them is one that was proven under that name, and it is
 * another folder of the disk (or shares not even a name), the two must not become one run.
 */
import type { Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { hashUnhashed } from "./hash_unhashed.ts";
import type { Owner } from "./owner.ts";
import type { Work } from "./work.ts";

export interface WhatIsKnown {
  readonly owner: Owner;
  /** The folder as it is now. */
  readonly sourceFolder: string | null;
  /** Files found equal over there just now. */
  readonly adopted: number;
  /** Names in the old far manifest, and how many of them the run has. */
  readonly named: number;
  readonly namedHere: number;
}

/** @throws TransportError `destination_conflict` */
export async function refuseAnotherExperiment(
  job: Job,
  work: Work & WhatIsKnown,
): Promise<void> {
  const { owner, sourceFolder, adopted, named, namedHere } = work;
  const { queue } = work.context;
  if (owner.who !== "ours" || adopted > 0) return;
  const hasProven = await queue.files(job.id).hasAny("proven");
  if (!hasProven && named === 0) return;
  if (await queue.files(job.id).hasAny("provenAsTheyAre")) return;
  // What we let go ourselves is gone for that reason; new data in such a run is sent.
  if (queue.timeline.last(job.id, ["cleaned"]) !== null) return;
  await hashUnhashed(job, work);
  const shared = await queue.files(job.id).sharedWithOlder();
  if (shared.bytes > 0) return;
  // A queue that has proven nothing was lost since: what it knows of is the folder of now.
  const before = hasProven ? job.sourceFolder ?? owner.sourceFolder : owner.sourceFolder;
  const isSameFolder = before === null || sourceFolder === null || before === sourceFolder;
  if (isSameFolder && shared.names + namedHere > 0) return;
  throw new TransportError(
    "destination_conflict",
    "This folder is another one than the run that was proven under its name",
    {
      path: job.runPath,
      why: isSameFolder
        ? "none of the files that were proven is in it any more"
        : "it was made anew, and none of the files that were proven is in it",
      hint:
        "nothing was written; give the new folder another name, or put the run's files back, then run it again",
    },
  );
}
