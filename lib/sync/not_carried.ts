/** What files of a run have and no copy of their bytes does; the table is in `docs/formats.md`. */
import { counted } from "../base/mod.ts";
import type { WalkEntry } from "../disk/mod.ts";

export class NotCarried {
  #linked = 0;
  #sparse = 0;

  see(entry: WalkEntry): void {
    if (entry.kind !== "file") return;
    if (entry.isLinked) this.#linked++;
    if (entry.isSparse) this.#sparse++;
  }

  /** Sentences for the receipt. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.#linked > 0) {
      const have = this.#linked === 1 ? "has" : "have";
      notes.push(
        `${
          counted(this.#linked, "file")
        } ${have} other names here (hard links); over there each name is a file of its own`,
      );
    }
    if (this.#sparse > 0) {
      const are = this.#sparse === 1 ? "is" : "are";
      notes.push(
        `${
          counted(this.#sparse, "file")
        } ${are} sparse or compressed here; over there the holes are zeros`,
      );
    }
    return notes;
  }
}
