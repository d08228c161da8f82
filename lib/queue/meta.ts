/** Small facts about the database itself and the places it knows, one text a key. */
import type { Connection } from "./connection.ts";

/** By key. */
export class Meta {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(key: string): string | null {
    const row = this.#connection.get<{ value: string }>("SELECT value FROM meta WHERE key = ?", [
      key,
    ]);
    return row?.value ?? null;
  }

  set(key: string, value: string): void {
    this.#connection.run(
      "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      [key, value],
    );
  }

  forget(key: string): void {
    this.#connection.run("DELETE FROM meta WHERE key = ?", [key]);
  }
}
