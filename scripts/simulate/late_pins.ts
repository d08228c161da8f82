/**
 * A person who keeps a run just as its local copy is let go: after everything was asked, when the
 * certificate gets its name. The word is taken at that instant, before the queue says that the deletion
 * began, so that no file may go. With dice of its own, as late edits.
 */
import { Dice } from "./dice.ts";
import { type Hand, short } from "./hand.ts";
import { certifiedRun } from "./late_edits.ts";

const SHARE = 0.1;
const OTHER = 0x4f1bbcdc;

export class LatePins {
  readonly #dice: Dice;

  constructor(seed: number) {
    this.#dice = new Dice(seed ^ OTHER);
  }

  /** Before the effect `what`, by the service whose effect it is. */
  at(what: string, life: Hand): void {
    const run = certifiedRun(what);
    if (run === null || !this.#dice.chance(SHARE)) return;
    const { queue, dispatcher } = life.machine.running!;
    const job = queue.jobs.byRun(run);
    if (!job || job.pinned) return;
    life.count("late pin");
    life.tell(`meanwhile (at "${what}"): a person keeps ${short(run)}`);
    dispatcher.moves.ask(job, { type: "pin", pinned: true }, { by: "ada" }).then(
      () => void life.pinned.add(run),
      // Of a service that died, or a run that moved on: nobody was told that it is kept.
      (error) => life.tell(`a person's pin is refused: ${String(error)}`),
    );
  }
}
