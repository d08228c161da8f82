/** The receipt's account: what a generation moved aside, kept, left out and met over there. */
import * as z from "zod";
import {
  type CappedNames,
  type FarAccount,
  type Job,
  type JobEvent,
  MAX_LISTED,
  type Queue,
} from "../queue/mod.ts";
import { leftOutAccount } from "./left_out.ts";

export async function accountOf(
  job: Pick<Job, "id" | "generation">,
  { litter, queue }: { readonly litter: CappedNames; readonly queue: Queue },
): Promise<FarAccount> {
  const events = queue.timeline.ofGeneration(job, ["set_aside"]);
  return {
    set_aside: setAside(events),
    kept: await kept(job.id, queue),
    left_out: leftOutAccount(job, queue),
    litter,
  };
}

const setAsideSchema = z.object({
  into: z.string(),
  count: z.number(),
  names: z.array(z.string()),
});

function setAside(events: readonly JobEvent[]): FarAccount["set_aside"] {
  const moves = events.map(({ detail }) => setAsideSchema.parse(detail));
  return {
    count: moves.reduce((sum, { count }) => sum + count, 0),
    names: moves.flatMap(({ names }) => names).slice(0, MAX_LISTED),
    into: [...new Set(moves.map(({ into }) => into))],
  };
}

async function kept(jobId: string, queue: Queue): Promise<CappedNames> {
  const names: string[] = [];
  let count = 0;
  for await (const { path } of queue.files(jobId).list("localMissing")) {
    if (names.length < MAX_LISTED) names.push(path);
    count++;
  }
  return { count, names };
}
