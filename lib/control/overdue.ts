/** Proven runs that are not compared again as often as they should be (`rules.md` 16 and 21). */
import type { Clock } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";

/** Comparisons wait for transfers, and for a destination that is away over night. */
const OVERDUE_MS = 24 * 3600 * 1000;

export interface OverduePasses {
  readonly runs: number;
  /** When the longest due one should have been made; null for none. */
  readonly since: string | null;
}

export function overduePasses(
  queue: Pick<Queue, "claims">,
  clock: Clock,
): OverduePasses {
  const aDayAgo = new Date(clock.now().getTime() - OVERDUE_MS);
  const { jobs, oldestAt } = queue.claims.overdue(aDayAgo);
  return { runs: jobs, since: oldestAt };
}
