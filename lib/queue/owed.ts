/**
 * What is owed to runs: noted before it is tried, so that a service that ends, or cannot do it now, still
 * knows of it at its next start.
 */
import type { Connection } from "./connection.ts";

/**
 * `pin`: the queue knows a pin that the run's record does not say yet. It is noted with the move itself: of
 * one that was taken back the record alone cannot tell whether somebody wrote it there.
 *
 * `manifest`: a pass found the data whole, and the far manifest was not looked at and put right since.
 */
export type Owing = "pin" | "manifest";

export class Owed {
  readonly #connection: Connection;
  readonly #prefix: string;
  /** The first text after all that begin with the prefix. */
  readonly #end: string;

  constructor(connection: Connection, owing: Owing) {
    this.#connection = connection;
    this.#prefix = `${owing}_owed/`;
    this.#end = `${owing}_owed0`;
  }

  note(jobId: string): void {
    this.#connection.run(
      "INSERT INTO meta (key, value) VALUES (?, '') ON CONFLICT DO NOTHING",
      [this.#prefix + jobId],
    );
  }

  settle(jobId: string): void {
    this.#connection.run("DELETE FROM meta WHERE key = ?", [this.#prefix + jobId]);
  }

  /** Ids of jobs, the next `limit` after `after`. */
  list({ after = "", limit }: { readonly after?: string; readonly limit: number }): string[] {
    return this.#connection.all<{ key: string }>(
      "SELECT key FROM meta WHERE key > ? AND key < ? ORDER BY key LIMIT +?",
      [this.#prefix + after, this.#end, limit],
    ).map(({ key }) => key.slice(this.#prefix.length));
  }
}
