/** The files of a life's queue, on the real disk. */
import { basename, dirname } from "node:path";
import type { Dice } from "./dice.ts";

/** With what was put aside of it; and with the copy that somebody keeps, unless that is to stay. */
export function removeQueue(
  file: string,
  { keepsCopy = false }: { readonly keepsCopy?: boolean } = {},
): void {
  const folder = dirname(file);
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (!name.startsWith(basename(file)) || (keepsCopy && name.endsWith(".kept"))) continue;
    Deno.removeSync(`${folder}/${name}`);
  }
}

interface State {
  readonly database: Uint8Array;
  readonly log: Uint8Array;
}

/**
 * What a power cut can leave of a queue: as it was when it was flushed last, or as it was after any
 * commit since. Its log is one: a cut takes the last commits, never one from among them.
 */
export class QueueStates {
  readonly #file: string;
  #states: State[];
  #changes = 0;

  constructor(file: string) {
    this.#file = file;
    this.#states = [this.#now()];
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
    const { database, log } = dice.of(this.#states)!;
    Deno.writeFileSync(this.#file, database);
    Deno.writeFileSync(`${this.#file}-wal`, log);
  }

  #now(): State {
    return { database: Deno.readFileSync(this.#file), log: readOrEmpty(`${this.#file}-wal`) };
  }
}

function readOrEmpty(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array(0);
    throw error;
  }
}
