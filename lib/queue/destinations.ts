/** What the breakers of the destinations say, so that it outlives a restart and can be shown. */
import type { Connection } from "./connection.ts";
import type { DestinationState } from "./types.ts";

/** By name. */
export class Destinations {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(): DestinationState[] {
    return this.#connection.all<DestinationState>(`${SELECT} ORDER BY name`).map((row) => ({
      ...row,
    }));
  }

  byName(name: string): DestinationState | null {
    const row = this.#connection.get<DestinationState>(`${SELECT} WHERE name = ?`, [name]);
    return row ? { ...row } : null;
  }

  set(state: DestinationState): void {
    this.#connection.run(
      `INSERT INTO destinations (name, uuid, state, code, reason, hint, since, next_probe_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET uuid = excluded.uuid, state = excluded.state, code = excluded.code,
        reason = excluded.reason, hint = excluded.hint, since = excluded.since,
        next_probe_at = excluded.next_probe_at`,
      [
        state.name,
        state.uuid,
        state.state,
        state.code,
        state.reason,
        state.hint,
        state.since,
        state.nextProbeAt,
      ],
    );
  }
}

const SELECT =
  `SELECT name, uuid, state, code, reason, hint, since, next_probe_at AS nextProbeAt FROM destinations`;
