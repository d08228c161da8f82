/** The records over there as we last put them: what has other bytes since was changed by another. */
import type { Connection } from "./connection.ts";

/** By destination and far path. */
export class FarRecords {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  of(destinationUuid: string, paths: readonly string[]): Map<string, string> {
    const known = new Map<string, string>();
    for (const path of paths) {
      const row = this.#connection.get<{ sha256: string }>(
        "SELECT sha256 FROM far_records WHERE destination_uuid = ? AND path = ?",
        [destinationUuid, path],
      );
      if (row) known.set(path, row.sha256);
    }
    return known;
  }

  set(destinationUuid: string, hashes: ReadonlyMap<string, string>): void {
    this.#connection.transaction(() => {
      for (const [path, sha256] of hashes) {
        this.#connection.run(
          "INSERT OR REPLACE INTO far_records (destination_uuid, path, sha256) VALUES (?, ?, ?)",
          [destinationUuid, path, sha256],
        );
      }
    }, { flush: false });
  }
}
