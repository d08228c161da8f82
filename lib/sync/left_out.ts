/** Lost files that a person let the run go without: in every later receipt, and in its record. */
import * as z from "zod";
import type { CappedNames, FarAccount, Job, Queue } from "../queue/mod.ts";
import { RECORD_FILES, recordPath, setOwnFields } from "../records/mod.ts";
import { mayHaveRecord } from "./record_status.ts";
import type { Work } from "./work.ts";

/** Names the record lists of one acceptance; the timeline has more. */
const MOST_IN_RECORD = 100;

const cappedNames = z.object({ count: z.number(), names: z.array(z.string()) });

const leftOutSchema = cappedNames.extend({
  differing: cappedNames.optional(),
  operator: z.string(),
  reason: z.string(),
});

interface LeftOut extends z.infer<typeof leftOutSchema> {
  readonly generation: number;
  readonly at: string;
}

/** Each acceptance with the generation that it opened, oldest first. */
function leftOutOf(jobId: string, queue: Queue): LeftOut[] {
  return queue.jobs.generations(jobId).flatMap(({ evidence, generation, sealedAt }) =>
    evidence["left_out"] === undefined
      ? []
      : [{ ...leftOutSchema.parse(evidence["left_out"]), generation, at: sealedAt }]
  );
}

/** For the receipt; null when nothing was ever left out. */
export function leftOutAccount({ id }: Pick<Job, "id">, queue: Queue): FarAccount["left_out"] {
  const accepted = leftOutOf(id, queue);
  const last = accepted.at(-1);
  if (!last) return null;
  const differing = allOf(accepted.flatMap((loss) => loss.differing ?? []));
  return {
    ...allOf(accepted),
    ...(differing.count > 0 ? { differing } : {}),
    operator: last.operator,
    reason: last.reason,
  };
}

function allOf(losses: readonly CappedNames[]): CappedNames {
  const names = [...new Set(losses.flatMap((loss) => loss.names))].sort();
  return { count: losses.reduce((sum, loss) => sum + loss.count, 0), names };
}

/** The record says it too: it outlives this queue, and goes to the far side with the run. */
export async function recordLeftOut(
  job: Job,
  { context: { queue }, signal }: Pick<Work, "context" | "signal">,
): Promise<void> {
  const accepted = leftOutOf(job.id, queue);
  if (accepted.length === 0 || !await mayHaveRecord(job.runPath)) return;
  const entries = accepted.map(({ generation, at, operator, reason, names, differing }) => ({
    generation,
    at,
    by: operator,
    reason,
    names: names.slice(0, MOST_IN_RECORD),
    ...(differing ? { differing: differing.names.slice(0, MOST_IN_RECORD) } : {}),
  }));
  const path = recordPath(job.runPath, RECORD_FILES.creation);
  await setOwnFields(path, { left_out: entries }, { signal });
}
