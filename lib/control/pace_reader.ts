/** Reads how much came, went and waited, no more often than a picture of weeks and hours changes. */
import { turn } from "../base/mod.ts";
import { RUN_OUTCOMES, type RunOutcome, type Stretch } from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import { lastDay, lastDayBegins } from "./last_day.ts";
import { noRuns, type PaceDay, type PaceView, timeToSafe } from "./pace_view.ts";

/** Twelve weeks, as a calendar shows them. */
const DAYS = 84;
const SAFE_DAYS = 7;
/** Between two readings while runs move: one reads some thousand rows, in slices. */
const FRESH_MS = 30_000;
const DAYS_A_TURN = 7;

export class PaceReader {
  readonly #house: ControlHouse;
  #last:
    | { readonly atMs: number; readonly version: string; readonly view: Promise<PaceView> }
    | null = null;

  constructor(house: ControlHouse) {
    this.#house = house;
  }

  /** One reading for all who ask at once, and for those who ask again at once. */
  pace(): Promise<PaceView> {
    const { clock, queue } = this.#house.context;
    const atMs = clock.monotonicMs();
    const version = `${queue.runs.version()} ${hourOf(clock.now())}`;
    const last = this.#last;
    if (last && (last.version === version || atMs - last.atMs < FRESH_MS)) return last.view;
    const view = this.#read(clock.now());
    this.#last = { atMs, version, view };
    // A reading that failed is none: whoever asks next reads anew.
    view.catch(() => this.#last = null);
    return view;
  }

  async #read(now: Date): Promise<PaceView> {
    const { queue } = this.#house.context;
    const moves = await queue.pace.moves({
      fromMs: lastDayBegins(now),
      beforeMs: now.getTime() + 1,
    });
    // Counted in the same turn as the last of the moves was read.
    const waitingNow = this.#waiting();
    return {
      days: await this.#days(now),
      hours: lastDay({
        moves,
        claimedAt: (push) => queue.pace.claimedAt(push),
        waitingNow,
        now,
      }),
      time_to_safe: timeToSafe(await this.#safe(now), SAFE_DAYS),
    };
  }

  #waiting(): number {
    const { queued = 0, running = 0, awaiting_verify = 0 } = this.#house.context.queue.jobs
      .counts() as Readonly<Record<string, number>>;
    return queued + running + awaiting_verify;
  }

  async #days(now: Date): Promise<PaceDay[]> {
    const { queue } = this.#house.context;
    const days: PaceDay[] = [];
    for (const [i, day] of lastDays(now, DAYS).entries()) {
      days.push({ day: day.name, bytes: queue.pace.sealedBytes(day), runs: this.#came(day) });
      if (i % DAYS_A_TURN === 0) await turn();
    }
    return days;
  }

  #came(stretch: Stretch): Record<RunOutcome, number> {
    const { queue, staged } = this.#house.context;
    const came = queue.pace.came(stretch);
    const runs = noRuns();
    for (const outcome of RUN_OUTCOMES) runs[outcome] = came.get(outcome) ?? 0;
    if (staged.size === 0 || runs.safe === 0) return runs;
    const { fromMs, beforeMs } = stretch;
    const stagedEquipment = [...staged.keys()];
    const filter = { outcome: "handed_over", stagedEquipment, fromMs, beforeMs } as const;
    const handedOver = queue.runs.count(filter);
    return { ...runs, safe: runs.safe - handedOver, handed_over: handedOver };
  }

  async #safe(now: Date): Promise<number[]> {
    const [{ fromMs }] = lastDays(now, SAFE_DAYS) as [Day];
    const { queue, staged } = this.#house.context;
    const stretch = { fromMs, beforeMs: now.getTime() + 1 };
    return await queue.pace.secondsToSafe(stretch, [...staged.keys()]);
  }
}

interface Day extends Stretch {
  readonly name: string;
}

/** Oldest first; a day of a change of the clocks has 23 or 25 hours. */
function lastDays(now: Date, days: number): Day[] {
  const at = (later: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + later);
  return Array.from({ length: days }, (_, i) => {
    const begin = at(i - days + 1);
    return {
      name: dayName(begin),
      fromMs: begin.getTime(),
      beforeMs: at(i - days + 2).getTime(),
    };
  });
}

function dayName(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function hourOf(now: Date): number {
  return Math.floor(now.getTime() / 3_600_000);
}
