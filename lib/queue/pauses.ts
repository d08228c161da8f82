/** Pauses: what a person has told to stand still, `*` for everything. Nothing of it is claimed. */
import { type Connection, nowText } from "./connection.ts";
import type { Pause } from "./types.ts";

export interface PauseRequest {
  readonly scope: string;
  readonly by: string;
  readonly reason?: string;
}

/** Pausing what is paused keeps the first pause. */
export function pause(connection: Connection, request: PauseRequest): void {
  connection.run(
    "INSERT INTO pauses (scope, since, by, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    [request.scope, nowText(connection), request.by, request.reason ?? null],
  );
}

/** False when there was no such pause. */
export function resume(connection: Connection, scope: string): boolean {
  return connection.run("DELETE FROM pauses WHERE scope = ?", [scope]) > 0;
}

export function listPauses(connection: Connection): Pause[] {
  return connection.all<Pause>("SELECT scope, since, by, reason FROM pauses ORDER BY scope")
    .map((row) => ({ ...row }));
}

export function pausedScopes(connection: Connection): ReadonlySet<string> {
  return new Set(listPauses(connection).map((entry) => entry.scope));
}
