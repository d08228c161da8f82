/**
 * A person who writes into a file just as its run's copy is let go: after the last reading, when the
 * certificate gets its name, and before the first file goes. Chance alone hits this moment in one life of
 * thousands. With dice of its own, so that it shifts no other throw.
 */
import { RECORD_FILES } from "../../lib/records/mod.ts";
import { Dice } from "./dice.ts";
import { type Hand, short, spare, type Told } from "./hand.ts";
import { DATA_ROOT } from "./world.ts";

const CERTIFIED = new RegExp(
  `^rename (${DATA_ROOT}/.+)/\\.exlab-wizard/${RECORD_FILES.certificate}$`,
);

/** The run whose certificate is about to get its name by the effect `what`; null by any other. */
export function certifiedRun(what: string): string | null {
  return CERTIFIED.exec(what)?.[1] ?? null;
}

const SHARE = 0.2;
const OTHER = 0x2c1b3c6d;

export class LateEdits {
  readonly #dice: Dice;

  constructor(seed: number) {
    this.#dice = new Dice(seed ^ OTHER);
  }

  /** Before the effect `what`; null when nothing happens. */
  at(what: string, life: Hand): Told {
    const run = certifiedRun(what);
    if (run === null || !this.#dice.chance(SHARE)) return null;
    const one = spare(life, this.#dice.of(life.runs.local(run)));
    if (!one) return null;
    const { ledger, disk, writtenByHand } = life.world;
    disk.tree.setBytes(one.node, ledger.newContent(this.#dice.between(0, 40)));
    writtenByHand.add(one.node);
    life.count("late edit");
    return `a person writes into ${short(one.path)}`;
  }
}
