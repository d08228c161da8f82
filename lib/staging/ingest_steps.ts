/**
 * How far a received run has come, in the words of `ingest.json`, and since when: read off its job, so
 * that it is the same whenever it is asked, and a step that was missed is made up for.
 */
import { type Clock, parseInstant, systemClock } from "../base/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { INGEST_STATES, type IngestState } from "../records/mod.ts";

/**
 * The furthest state the job has earned; null where it says nothing (a queue that was made anew knows
 * of a cleaned run only what its record says).
 */
export function ingestStateOf({ state, hold, verifyPasses }: Job): IngestState | null {
  switch (state) {
    case "queued":
    case "running":
    case "awaiting_verify":
    case "failed":
      return hold === "gate" ? "complete" : "sync_queued";
    case "verified":
    case "cleanup_eligible":
      return verifyPasses > 0 ? "sync_verified" : null;
    case "cleaned":
      return verifyPasses > 0 ? "cleared" : null;
  }
}

/** The states that lie before it, and itself: none for one that is behind. */
export function statesAfter(current: string, target: IngestState): IngestState[] {
  const from = (INGEST_STATES as readonly string[]).indexOf(current);
  if (from < 0) return [];
  return INGEST_STATES.slice(from + 1, INGEST_STATES.indexOf(target) + 1);
}

/** When the job came there, as its timeline has it. */
export function reachedAt(
  state: IngestState,
  { job, queue }: { readonly job: Job; readonly queue: Queue },
): Date {
  const { timeline, seen } = queue;
  const at = (kinds: Parameters<typeof timeline.last>[1]) => timeline.last(job.id, kinds)?.at;
  const text = {
    staging: seen.of(job.runPath)?.firstSeenAt ?? job.enqueuedAt,
    complete: job.enqueuedAt,
    sync_queued: at(["released"]) ?? job.enqueuedAt,
    sync_verified: at(["verified"]) ?? job.verifiedAt,
    cleared: at(["cleaned"]),
  }[state];
  return (text ? parseInstant(text) : null) ?? queue.clock.now();
}

/** The clock of a moment that is past: what is written now tells of then. */
export function clockAt(at: Date): Clock {
  return { ...systemClock, now: () => at };
}
