/**
 * What is said after a change, kept for the page that the browser is sent to. A sentence in the address
 * itself would let any link make this page say anything.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../base/mod.ts";
import type { Words } from "../../control/mod.ts";

const LIFE_MS = 60_000;
const MOST_NOTES = 200;

export class Notes {
  readonly #notes = new Map<string, { readonly words: Words; readonly untilMs: number }>();

  constructor(private readonly clock: Pick<Clock, "monotonicMs">) {}

  keep(words: Words): string {
    const id = randomBytes(12).toString("base64url");
    this.#notes.set(id, { words, untilMs: this.clock.monotonicMs() + LIFE_MS });
    for (const [oldest, { untilMs }] of this.#notes) {
      if (this.#notes.size <= MOST_NOTES && untilMs > this.clock.monotonicMs()) break;
      this.#notes.delete(oldest);
    }
    return id;
  }

  /** Null when it is too old, or never was. Looking takes nothing away: a page may be loaded again. */
  of(id: string | null): Words | null {
    const note = id === null ? undefined : this.#notes.get(id);
    return note && note.untilMs > this.clock.monotonicMs() ? note.words : null;
  }
}
