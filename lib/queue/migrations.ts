/**
 * Takes a database from its `user_version` to ours, one version at a time, each in a transaction of
 * its own: a crash or a full disk in between leaves a whole, older version that the next start
 * takes further.
 */
import { LabferryError } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { VERSION_1 } from "./schema.ts";
import { VERSION_11 } from "./schema_11.ts";
import { VERSION_12 } from "./schema_12.ts";
import { VERSION_13 } from "./schema_13.ts";
import { VERSION_2 } from "./schema_2.ts";
import { VERSION_3 } from "./schema_3.ts";
import { VERSION_4 } from "./schema_4.ts";
import { VERSION_5 } from "./schema_5.ts";
import { VERSION_6 } from "./schema_6.ts";
import { VERSION_7 } from "./schema_7.ts";
import { VERSION_8 } from "./schema_8.ts";
import { VERSION_9 } from "./schema_9.ts";
import { VERSION_10 } from "./schema_10.ts";

/** A version's statements. */
export type Migration = readonly string[];

/** `MIGRATIONS[i]` leads from version `i` to `i + 1`. Only ever appended to. */
export const MIGRATIONS: readonly Migration[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
  VERSION_6,
  VERSION_7,
  VERSION_8,
  VERSION_9,
  VERSION_10,
  VERSION_11,
  VERSION_12,
  VERSION_13,
];

/**
 * Applies what is missing of `migrations` (default: all of ours).
 * @throws {LabferryError} `queue_newer` when the database was written by a newer labferry.
 */
export function migrate(connection: Connection, migrations = MIGRATIONS): void {
  while (versionOf(connection) !== migrations.length) step(connection, migrations);
}

/** Reads `user_version` and refuses one that we do not know. */
export function checkVersion(connection: Connection, newest = MIGRATIONS.length): number {
  const version = versionOf(connection);
  if (version <= newest) return version;
  throw new LabferryError("queue_newer", "the queue was written by a newer labferry", {
    path: connection.path,
    why: `it has version ${version}, this labferry knows versions up to ${newest}`,
    hint: "install the newer labferry again; nothing was changed",
  });
}

function step(connection: Connection, migrations: readonly Migration[]): void {
  connection.transaction(() => {
    // Read again under the write lock: another process may have been quicker.
    const version = checkVersion(connection, migrations.length);
    const migration = migrations[version];
    if (!migration) return;
    for (const statement of migration) connection.run(statement);
    connection.run(`PRAGMA user_version = ${version + 1}`);
  });
}

function versionOf(connection: Connection): number {
  return connection.get<{ user_version: number }>("PRAGMA user_version")!.user_version;
}
