/** What happened since the service started, counted from the timeline; a counter begins at 0 with it. */
import type { JobEvent, Queue } from "../queue/mod.ts";

/** Upper bounds, in seconds, of the time from enqueued to first proven. */
export const TIME_TO_SAFE_BOUNDS = [
  60,
  300,
  900,
  3_600,
  14_400,
  43_200,
  86_400,
  259_200,
  604_800,
] as const;

const PAGE = 1_000;

/** What is known of an equipment, by its id. */
interface CountsOf {
  readonly transportOf: (equipmentId: string) => string;
  readonly isStaged: (equipmentId: string) => boolean;
}

export class MetricCounts {
  readonly #queue: Pick<Queue, "timeline" | "activity" | "jobs">;
  readonly #of: CountsOf;
  #seq: number;
  /** By result and strength. */
  readonly passes = new Map<string, { result: string; strength: string; count: number }>();
  readonly failures = new Map<string, number>();
  deletedBytes = 0;
  /** By the type of the transport. */
  readonly sentBytes = new Map<string, number>();
  /** Runs within each bound, as they are: not added up. */
  readonly timeToSafe: number[] = [...TIME_TO_SAFE_BOUNDS, 0].map(() => 0);
  timeToSafeSum = 0;

  /** Counts what happens after now. */
  constructor(
    queue: Pick<Queue, "timeline" | "activity" | "jobs">,
    of: CountsOf,
  ) {
    this.#queue = queue;
    this.#of = of;
    this.#seq = queue.activity.head();
  }

  catchUp(): void {
    while (true) {
      const events = this.#queue.timeline.heard(this.#seq, PAGE);
      for (const event of events) this.#count(event);
      this.#seq = events.at(-1)?.seq ?? this.#seq;
      if (events.length < PAGE) return;
    }
  }

  #count(event: JobEvent): void {
    const { kind, detail } = event;
    switch (kind) {
      case "pass_ended":
        return this.#countPass(String(detail["outcome"]), String(detail["strength"] ?? "none"));
      case "attempt_failed":
      case "destination_lost":
      case "failed":
      case "far_alarm": {
        const code = String(detail["code"] ?? "unknown");
        this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
        return;
      }
      case "pushed":
        return this.#countSent(event);
      case "cleaned":
        this.deletedBytes += Number(detail["bytes"] ?? 0);
        return;
      case "verified":
        return this.#countSafe(event);
    }
  }

  #countPass(result: string, strength: string): void {
    const key = `${result} ${strength}`;
    const known = this.passes.get(key) ?? { result, strength, count: 0 };
    this.passes.set(key, { ...known, count: known.count + 1 });
  }

  #countSent({ jobId, detail }: JobEvent): void {
    const bytes = Number(detail["bytes"] ?? 0);
    const equipmentId = this.#queue.jobs.byId(jobId)?.equipmentId;
    if (equipmentId === undefined) return;
    const transport = this.#of.transportOf(equipmentId);
    this.sentBytes.set(transport, (this.sentBytes.get(transport) ?? 0) + bytes);
  }

  /**
   * Only of a run's first generation: a later one has no beginning that is known. A pass at a staging
   * area makes nothing safe.
   */
  #countSafe({ jobId, at, generation }: JobEvent): void {
    const job = this.#queue.jobs.byId(jobId);
    if (generation !== 1 || !job || this.#of.isStaged(job.equipmentId)) return;
    const seconds = Math.max(0, (Date.parse(at) - Date.parse(job.enqueuedAt)) / 1_000);
    const place = TIME_TO_SAFE_BOUNDS.findIndex((bound) => seconds <= bound);
    const index = place < 0 ? TIME_TO_SAFE_BOUNDS.length : place;
    this.timeToSafe[index] = this.timeToSafe[index]! + 1;
    this.timeToSafeSum += seconds;
  }
}
