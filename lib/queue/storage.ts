/** What the queue knows of local disks: how much came, and how much of it could go. */
import type { Connection } from "./connection.ts";

export interface StorageFacts {
  /** Bytes of first generations sealed within the time looked back. */
  readonly sealedBytes: number;
  /** How long ago the oldest of all seals was, at most as far as looked back. */
  readonly sinceMs: number;
  /** Bytes of proven runs that nobody keeps and that are still here, as sealed. */
  readonly provenBytes: number;
}

/** The seals of the time looked back, not all there ever were. */
export const CAME_LATELY = `SELECT ifnull(sum(g.bytes), 0) AS bytes, min(g.sealed_at) AS oldest
  FROM generations g INDEXED BY generations_by_time CROSS JOIN jobs j ON j.n = g.job
  WHERE g.generation = 1 AND g.sealed_at >= ?
    AND j.equipment_id IN (SELECT value FROM json_each(?))`;

/** Sums over the runs of some equipment. */
export class Storage {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of(equipment: readonly string[], lookBackMs: number): StorageFacts {
    const nowMs = this.#connection.clock.now().getTime();
    const ids = JSON.stringify(equipment);
    const sealed = this.#connection.get<{ bytes: number; oldest: string | null }>(
      CAME_LATELY,
      [new Date(nowMs - lookBackMs).toISOString(), ids],
    )!;
    const proven = this.#connection.get<{ bytes: number }>(
      `SELECT ifnull(sum(bytes), 0) AS bytes FROM jobs
      WHERE state = 'verified' AND pinned = 0 AND hold IS NULL
        AND equipment_id IN (SELECT value FROM json_each(?))`,
      [ids],
    )!;
    const sinceMs = sealed.oldest === null ? 0 : Math.max(0, nowMs - Date.parse(sealed.oldest));
    return { sealedBytes: sealed.bytes, sinceMs, provenBytes: proven.bytes };
  }

  /** Of all runs that are proven, whose local copy is here or was let go. */
  provenBytes(): number {
    return this.#connection.get<{ bytes: number }>(
      `SELECT ifnull(sum(bytes), 0) AS bytes FROM jobs
      WHERE state IN ('verified', 'cleanup_eligible', 'cleaned')`,
    )!.bytes;
  }
}
