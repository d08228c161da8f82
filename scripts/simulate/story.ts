/** What happened in a life, in numbered steps with times, as it is printed when something is wrong. */
import type { SimTime } from "./sim_clock.ts";

export class Story {
  readonly lines: string[] = [];
  #step = 0;

  constructor(private readonly time: SimTime) {}

  tell(what: string): void {
    const hours = (this.time.trueMs / 3_600_000).toFixed(2).padStart(8);
    const wall = new Date(this.time.wallMs).toISOString().slice(0, 19);
    this.lines.push(`${String(++this.#step).padStart(4)}  ${hours} h  (${wall})  ${what}`);
  }
}

/** Something that must never be so. */
export class Broken extends Error {
  override readonly name = "Broken";
}
