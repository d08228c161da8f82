/**
 * Pins that the queue knows and the run's record does not say yet. Noted with the move itself: a service
 * that ends before it could write the record still knows at its next start, also of a pin taken back, which
 * the record alone cannot tell from one that somebody wrote there.
 */
import type { Connection } from "./connection.ts";

const PREFIX = "pin_owed/";
/** The first text after all that begin with the prefix. */
const END = "pin_owed0";

export class OwedPins {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  note(jobId: string): void {
    this.#connection.run(
      "INSERT INTO meta (key, value) VALUES (?, '') ON CONFLICT DO NOTHING",
      [PREFIX + jobId],
    );
  }

  settle(jobId: string): void {
    this.#connection.run("DELETE FROM meta WHERE key = ?", [PREFIX + jobId]);
  }

  /** Ids of jobs, the next `limit` after `after`. */
  list({ after = "", limit }: { readonly after?: string; readonly limit: number }): string[] {
    return this.#connection.all<{ key: string }>(
      "SELECT key FROM meta WHERE key > ? AND key < ? ORDER BY key LIMIT +?",
      [PREFIX + after, END, limit],
    ).map(({ key }) => key.slice(PREFIX.length));
  }
}
