/**
 * How long a process lives. Each of its effects (a far call, a change on a disk, a commit of the queue)
 * is asked for here first; when its number has come the process dies between two of them, and whatever
 * its code still tries has no effect.
 */
import type { QueueStates } from "./queue_files.ts";
import type { SimTime } from "./sim_clock.ts";

/** What a dead process meets at every door. No room of labferry knows it. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export class Fate {
  isDead = false;
  /** Effects until it dies; null: it lives. */
  left: number | null = null;
  /** All effects so far. */
  effects = 0;
  /** What it did last. */
  last = "";
  /** With it the computer loses power: what it has not flushed is lost or torn. */
  isPowerCut = false;
  /** Told when it goes: nobody else on the computer lives on. */
  onPowerCut: () => void = () => {};
  /** What a power cut may leave of the queue, while one is to come. */
  queueStates: QueueStates | null = null;
  /** Told before each effect: what goes on in the world meanwhile. */
  meanwhile: (what: string) => void = () => {};

  constructor(private readonly time: SimTime) {}

  /** @throws Killed */
  take(what: string): void {
    this.time.activity++;
    this.refuseDead();
    if (this.left !== null && this.left-- <= 0) {
      this.last = what;
      this.isDead = true;
      if (this.isPowerCut) this.onPowerCut();
      throw new Killed(`killed before: ${what}`);
    }
    this.effects++;
    this.last = what;
    this.meanwhile(what);
    // What went on meanwhile may have been the end of it.
    this.refuseDead();
  }

  /** @throws Killed */
  refuseDead(): void {
    if (this.isDead) throw new Killed("a dead process does nothing");
  }
}
