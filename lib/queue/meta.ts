/** Small facts about the database itself and the places it knows, one text a key. */
import type { Connection } from "./connection.ts";

export function meta(connection: Connection, key: string): string | null {
  const row = connection.get<{ value: string }>("SELECT value FROM meta WHERE key = ?", [key]);
  return row?.value ?? null;
}

export function forgetMeta(connection: Connection, key: string): void {
  connection.run("DELETE FROM meta WHERE key = ?", [key]);
}

export function setMeta(connection: Connection, key: string, value: string): void {
  connection.run(
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    [key, value],
  );
}
