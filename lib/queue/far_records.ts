/** The records over there as we last put them: what has other bytes since was changed by another. */
import type { Connection } from "./connection.ts";

export function farRecords(
  connection: Connection,
  destinationUuid: string,
  paths: readonly string[],
): Map<string, string> {
  const known = new Map<string, string>();
  for (const path of paths) {
    const row = connection.get<{ sha256: string }>(
      "SELECT sha256 FROM far_records WHERE destination_uuid = ? AND path = ?",
      [destinationUuid, path],
    );
    if (row) known.set(path, row.sha256);
  }
  return known;
}

export function setFarRecords(
  connection: Connection,
  destinationUuid: string,
  hashes: ReadonlyMap<string, string>,
): void {
  connection.transaction(() => {
    for (const [path, sha256] of hashes) {
      connection.run(
        "INSERT OR REPLACE INTO far_records (destination_uuid, path, sha256) VALUES (?, ?, ?)",
        [destinationUuid, path, sha256],
      );
    }
  });
}
