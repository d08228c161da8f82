/**
 * What may be moved aside is moved aside, by name and before the push; what may not is a conflict.
 */
import type { Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { AsideFolder } from "./aside_folder.ts";
import { type Obstacle, obstacles } from "./far_look.ts";
import type { LookWork } from "./work.ts";

/** Names moved in one call. */
const BATCH = 500;

/** @throws TransportError `destination_conflict` when something in the way is not ours to move */
export async function refuseStrangers(job: Job, work: LookWork): Promise<void> {
  const collision = await work.look.collision();
  if (collision) throw namesCollide(job, collision);
  let count = 0;
  let first: Obstacle | null = null;
  for await (const obstacle of obstacles(job, work)) {
    if (obstacle.owned) continue;
    first ??= obstacle;
    count++;
  }
  if (first) throw conflict(job, { first, count });
}

/** Moves aside whatever stands in the way; returns the number of names that were moved. */
export async function makeWay(job: Job, work: LookWork): Promise<number> {
  const { look, context: { queue } } = work;
  let aside: AsideFolder | null = null;
  const move = async (names: readonly string[]) => {
    if (names.length === 0) return;
    aside ??= new AsideFolder(job, work);
    if (look.leaveList(names) > 0) await queue.files(job.id).refreshTotals();
    for (const name of await work.far.session.setAside(job.farDir, names, aside.into)) {
      aside.take(name);
    }
  };
  let batch = new Set<string>();
  for await (const { path } of obstacles(job, work)) {
    batch.add(path);
    if (batch.size < BATCH) continue;
    await move([...batch]);
    batch = new Set();
  }
  await move([...batch]);
  const folder = aside as AsideFolder | null;
  folder?.tell();
  return folder?.count ?? 0;
}

function conflict(
  job: Job,
  { first, count }: { first: Obstacle; count: number },
): TransportError {
  const others = count > 1 ? `, and ${count - 1} more` : "";
  return new TransportError(
    "destination_conflict",
    "Something that is not this run's stands over there under one of its names",
    {
      path: `${job.destination}/${job.farDir}/${first.path}`,
      why: `${JSON.stringify(first.wantedBy)} has to go there, but ${first.why}${others}`,
      hint:
        "nothing was written; move it to another place over there, or rename the file here, then `labferry retry RUN` (or the same `ship` again)",
    },
  );
}

function namesCollide(job: Job, [first, second]: readonly [string, string]): TransportError {
  return new TransportError(
    "destination_conflict",
    "Two files of the run would be one file over there",
    {
      path: `${job.dataDir}/${second}`,
      why: `${JSON.stringify(first)} and ${
        JSON.stringify(second)
      } are the same name at ${job.destination}`,
      hint: "rename one of them; nothing was written",
    },
  );
}
