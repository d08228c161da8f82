/** A run that was given up before it was complete, and of which files were sent ahead (`rules.md` 27). */
import type { AheadRun, Job } from "../queue/mod.ts";
import {
  asidesOf,
  connectTo,
  forgetAsides,
  isFolderOf,
  putHeadStart,
  type Work,
} from "../sync/mod.ts";
import { enterKnown } from "./admit.ts";

/**
 * The far folder says so first, then the run's timeline: a kill in between says it over there again. Its
 * job is cancelled, keeps the timeline, and stands in nobody's way (`openJob`): job and timeline are one
 * stroke, because a cancelled job without the word "abandoned" is a run that nobody may send again.
 */
export async function giveUp(
  run: AheadRun,
  { why, ...work }: Work & { readonly why: string },
): Promise<void> {
  const { context: { queue, clock }, destination } = work;
  const { runPath, equipmentId, farDir, destinationUuid } = run;
  const { files, bytes } = queue.ahead.sumOf(runPath)!;
  await using far = await connectTo(destination, { id: `ahead-${equipmentId}` }, work);
  await far.confirm();
  // At a place that is no more nobody can say anything, and in a folder of others nothing is ours to say.
  if (far.uuid === destinationUuid && await isFolderOf(run, { ...work, far })) {
    await putHeadStart(run, { ...work, far, abandoned: { why, files, bytes } });
  }
  const asides = await asidesOf(run, { ...work, far });
  const hold = { hold: "cancelled", reason: `given up: ${why}` } as const;
  const about = { runPath, equipmentId, destination: destination.transport.address, farDir };
  const say = (job: Job) => {
    for (const aside of asides) {
      queue.timeline.note(job.id, { kind: "set_aside", detail: { ...aside } });
    }
    forgetAsides(runPath, queue);
    queue.timeline.note(job.id, { kind: "abandoned", detail: { why, files, bytes } });
    queue.ahead.forget(runPath);
  };
  const newJob = { ...about, files, bytes, hold };
  const { job, created } = await enterKnown(newJob, { queue, clock, inOneStroke: say });
  // It was given up before, and went on since.
  if (!created) queue.together(() => say(job));
}
