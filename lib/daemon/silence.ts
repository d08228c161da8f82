/**
 * An instrument that usually delivers and has not: its software may have stopped, its disk may be full,
 * somebody may write elsewhere. Said once for each silence; a run that comes ends it.
 */
import { Rounds, type RoundsContext } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";

export interface SilenceOptions extends RoundsContext {
  readonly queue: Pick<Queue, "jobs" | "seen" | "meta">;
  /** Equipment that is expected to deliver, with how often at least. */
  readonly expected: ReadonlyMap<string, number>;
  readonly now: () => Date;
  readonly onSilence: (equipmentId: string, message: string) => void;
}

const REST_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

export class Silence extends Rounds {
  readonly #options: SilenceOptions;

  constructor(options: SilenceOptions) {
    super({
      ...options,
      name: "Listening for silent instruments",
      round: () => this.#round(),
      restMs: REST_MS,
    });
    this.#options = options;
  }

  #round(): "done" | void {
    const { expected } = this.#options;
    if (expected.size === 0) return "done";
    for (const [equipmentId, hours] of expected) this.#listen(equipmentId, hours);
  }

  #listen(equipmentId: string, everyHours: number): void {
    const { queue, now, onSilence } = this.#options;
    const heardAt = this.#lastHeard(equipmentId);
    const key = `silence:${equipmentId}`;
    if (now().getTime() - Date.parse(heardAt) < everyHours * HOUR_MS) {
      queue.meta.forget(key);
      return;
    }
    if (queue.meta.get(key) === heardAt) return;
    queue.meta.set(key, heardAt);
    const since = `${heardAt.slice(0, 16).replace("T", " ")} UTC`;
    onSilence(
      equipmentId,
      `no run of ${equipmentId} since ${since}; one is expected every ${everyHours} h`,
    );
  }

  /** Its newest run, complete or being acquired; before the first, when it was first listened for. */
  #lastHeard(equipmentId: string): string {
    const { queue, now } = this.#options;
    const [newest] = queue.jobs.list({ equipmentId, limit: 1 });
    const seen = queue.seen.lastChangeOf(equipmentId);
    const last = [newest?.enqueuedAt, seen].filter((at) => at !== undefined && at !== null).sort()
      .at(-1);
    if (last) return last;
    const key = `listening:${equipmentId}`;
    const since = queue.meta.get(key);
    if (since !== null) return since;
    const at = now().toISOString();
    queue.meta.set(key, at);
    return at;
  }
}
