/** Pauses: what a person has told to stand still, `*` for everything. Nothing of it is claimed. */
import { type Connection, nowText } from "./connection.ts";
import type { Pause } from "./types.ts";

export interface PauseRequest {
  readonly scope: string;
  readonly by: string;
  readonly reason?: string;
}

/** By scope: an equipment, or `*`. */
export class Pauses {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Pausing what is paused keeps the first pause. */
  pause(request: PauseRequest): void {
    this.#connection.run(
      "INSERT INTO pauses (scope, since, by, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      [request.scope, nowText(this.#connection), request.by, request.reason ?? null],
    );
  }

  /** False when there was no such pause. */
  resume(scope: string): boolean {
    return this.#connection.run("DELETE FROM pauses WHERE scope = ?", [scope]) > 0;
  }

  list(): Pause[] {
    return this.#connection.all<Pause>("SELECT scope, since, by, reason FROM pauses ORDER BY scope")
      .map((row) => ({ ...row }));
  }

  /** True when this equipment, or everything, is paused. */
  isPaused(equipmentId: string): boolean {
    const scopes = pausedScopes(this.#connection);
    return scopes.has("*") || scopes.has(equipmentId);
  }
}

export function pausedScopes(connection: Connection): ReadonlySet<string> {
  return new Set(new Pauses(connection).list().map((entry) => entry.scope));
}
