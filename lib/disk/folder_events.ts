/**
 * Gathers the events of one watched folder until somebody takes them. Thousands of files written to
 * one place are one change, and what is held is bounded: beyond it only "anything" is known.
 */
import { sep } from "node:path";
import type { FolderChanges, WatchShape } from "./watch_messages.ts";

/** Places held at most: some 100 kB. An equipment with so many open runs is looked through anyway. */
export const MOST_PLACES = 1_000;

export class FolderEvents {
  readonly #folder: string;
  readonly #shape: WatchShape;
  readonly #places = new Set<string>();
  #lost = false;

  constructor(folder: string, shape: WatchShape) {
    this.#folder = folder;
    this.#shape = shape;
  }

  get isEmpty(): boolean {
    return !this.#lost && this.#places.size === 0;
  }

  see({ kind, paths, flag }: Deno.FsEvent): void {
    if (flag === "rescan") return this.#lose();
    // Our own reading of a file is such an event.
    if (kind === "access" || this.#lost) return;
    for (const path of paths) this.#add(path);
    if (this.#places.size > MOST_PLACES) this.#lose();
  }

  take(): FolderChanges {
    const changes = { paths: [...this.#places], lost: this.#lost };
    this.#places.clear();
    this.#lost = false;
    return changes;
  }

  #add(path: string): void {
    const isBelow = path.startsWith(`${this.#folder}${sep}`);
    const names = isBelow ? path.slice(this.#folder.length + 1).split(sep) : [];
    if (names.includes(this.#shape.without)) return;
    this.#places.add(names.slice(0, this.#shape.names).join(sep));
  }

  #lose(): void {
    this.#places.clear();
    this.#lost = true;
  }
}
