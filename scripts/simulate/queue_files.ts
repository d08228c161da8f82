/** The files of a life's queue, on the real disk. */
import { basename, dirname } from "node:path";
import type { Dice } from "./dice.ts";
import { changesOf, putQueue } from "./queue_door.ts";

/** Nothing of it is left but what `empty` is, and the copy that somebody keeps, where that is to stay. */
export function emptyQueue(
  file: string,
  { empty, keepsCopy = false }: { readonly empty: Uint8Array; readonly keepsCopy?: boolean },
): void {
  const [folder, name] = [dirname(file), basename(file)];
  for (const { name: other } of [...Deno.readDirSync(folder)]) {
    if (!other.startsWith(name) || other === name || (keepsCopy && other.endsWith(".kept"))) {
      continue;
    }
    Deno.removeSync(`${folder}/${other}`);
  }
  putQueue(file, empty);
}

/**
 * What a power cut can leave of a queue: as it was when it was flushed last, or as it was after any
 * commit since. Its log is one: a cut takes the last commits, never one from among them.
 */
export class QueueStates {
  readonly #file: string;
  #states: Uint8Array[];
  #changes: number;

  constructor(file: string) {
    this.#file = file;
    this.#states = [this.#now()];
    // The connection has counted since the first life that it served.
    this.#changes = changesOf(file) ?? 0;
  }

  /** `changes`: rows that were changed so far; a commit of nothing writes and flushes nothing. */
  committed(
    { isFlushed, changes }: { readonly isFlushed: boolean; readonly changes: () => number },
  ): void {
    const now = changes();
    if (now === this.#changes) return;
    this.#changes = now;
    this.#states = isFlushed ? [this.#now()] : [...this.#states, this.#now()];
  }

  /** When the queue is closed. */
  leaveOne(dice: Dice): void {
    putQueue(this.#file, dice.of(this.#states)!);
  }

  #now(): Uint8Array {
    return Deno.readFileSync(this.#file);
  }
}
