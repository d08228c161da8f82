/**
 * What the destination does to names, asked once and kept with its identity. Where a project's folder
 * may be another file system it is asked each time.
 */
import * as z from "zod";
import type { Job } from "../queue/mod.ts";
import type { NameHabits } from "../transports/mod.ts";
import type { FarWork } from "./work.ts";

const habitsSchema = z.object({ foldsCase: z.boolean(), normalises: z.boolean() });

export async function nameHabits(
  job: Pick<Job, "farDir">,
  { context: { queue }, destination, far }: FarWork,
): Promise<NameHabits> {
  if (destination.transport.traits.habitsDifferByFolder) {
    return await far.session.nameHabits(job.farDir);
  }
  const key = `name_habits:${far.uuid}`;
  const known = queue.meta.get(key);
  if (known !== null) return habitsSchema.parse(JSON.parse(known));
  const habits = await far.session.nameHabits(job.farDir);
  // What could not be found out is asked again.
  if (habits.foldsCase !== null && habits.normalises !== null) {
    queue.meta.set(key, JSON.stringify(habits));
  }
  return habits;
}
