/** What time alone says of a deletion: cheap enough for a list, for nothing is read but the queue. */
import { LabferryError } from "../base/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import type { Destination } from "../sync/mod.ts";
import type { DeletionPolicy, TimeFacts } from "./facts.ts";
import { age } from "./interlocks/age.ts";
import { passes } from "./interlocks/passes.ts";

export interface EarliestGoing {
  /** ISO 8601; null when time alone does not bring it about. */
  readonly from: string | null;
  /** What is waited for; null when passes and age hold. */
  readonly waitsFor: string | null;
}

export interface EarliestOptions {
  readonly queue: Pick<Queue, "passes" | "observedTime">;
  readonly destination: Destination | null;
  readonly policy: DeletionPolicy;
  readonly now: Date;
}

/** Never sooner: the other interlocks are judged from the run's tree, right before anything goes. */
export async function earliestGoing(
  job: Job,
  { queue, destination, policy, now }: EarliestOptions,
): Promise<EarliestGoing> {
  const facts: TimeFacts = {
    job,
    policy,
    now,
    observedMs: queue.observedTime.ms(),
    passes: queue.passes.of(job.id, job.generation),
    destinationUuid: await knownUuid(destination),
  };
  const open = [passes(facts), age(facts)].filter(({ stand }) => stand !== "holds");
  const times = open.map(({ from = null }) => from);
  return {
    from: times.includes(null) ? null : times.toSorted().at(-1) ?? now.toISOString(),
    waitsFor: open[0]?.sentence ?? null,
  };
}

async function knownUuid(destination: Destination | null): Promise<string | null> {
  try {
    return await destination?.identity() ?? null;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}
