/**
 * A sealed run takes over what was sent ahead of it: which far names are ours, which bytes were hashed,
 * and what stands over there as it was left, which need not be sent again. The usual way does the rest:
 * what differs is set aside and sent, and the pass compares every file. Each step can be done again; the
 * notes are forgotten when the far side is ready.
 */
import type { Job } from "../queue/mod.ts";
import { AsideFolder } from "./aside_folder.ts";
import type { FarWork, LookWork } from "./work.ts";

/** Before the far folder is looked at. False when nothing was sent ahead, as far as this queue knows. */
export async function takeAhead(job: Job, { context: { queue }, far }: FarWork): Promise<boolean> {
  const run = queue.ahead.of(job.runPath);
  if (run === null) return false;
  if (run.destinationUuid !== far.uuid || run.farDir !== job.farDir) {
    queue.ahead.forget(job.runPath);
    return false;
  }
  await queue.ahead.takeOver(job.runPath, job.id);
  return true;
}

/** After the look: what stands there as it was left counts as sent. */
export async function countAhead(job: Job, { context }: LookWork): Promise<void> {
  const { queue, log } = context;
  const files = await queue.ahead.countSent(job.runPath, job.id);
  log("info", "files were there before the run was complete", { job: job.id, files });
}

/** Files that were renamed or removed here after they went make way: they are none of the run's. */
export async function clearStrays(job: Job, work: LookWork): Promise<void> {
  const { context: { queue }, look, far } = work;
  let aside: AsideFolder | null = null;
  for (const paths of queue.ahead.strays(job.runPath, job.id)) {
    const there = paths.filter((path) => look.sizeOf(path) !== null);
    if (there.length === 0) continue;
    aside ??= new AsideFolder(job, work);
    for (const name of await far.session.setAside(job.farDir, there, aside.into)) aside.take(name);
  }
  aside?.tell();
}
