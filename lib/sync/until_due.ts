/** When there may be something to give out. */
import type { Breakers } from "./breakers.ts";
import type { SyncContext } from "./destination.ts";

/** The loop looks around at least this often: a window may have opened, a record may be owed. */
export const LONGEST_SLEEP_MS = 30_000;
const SHORTEST_SLEEP_MS = 250;

export function untilDueMs(
  { queue, clock }: Pick<SyncContext, "queue" | "clock">,
  breakers: Pick<Breakers, "nextProbeAt">,
): number {
  const times = [
    queue.claims.nextDueAt(["queued", "awaiting_verify"]),
    breakers.nextProbeAt(),
  ];
  const nowMs = clock.now().getTime();
  // What is overdue waits for something busy, which rings when it ends; it needs no spinning.
  const waits = times.flatMap((time) =>
    time === null ? [] : [Math.max(SHORTEST_SLEEP_MS, Date.parse(time) - nowMs)]
  );
  return Math.min(LONGEST_SLEEP_MS, ...waits);
}
