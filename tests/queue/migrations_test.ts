import assert from "node:assert/strict";
import { LabferryError, systemClock } from "../../lib/base/mod.ts";
import { Connection } from "../../lib/queue/connection.ts";
import { migrate, type Migration, MIGRATIONS } from "../../lib/queue/migrations.ts";
import { tempDir } from "../support/temp_dir.ts";
import { openQueue, sealedRun } from "./support.ts";

/** Two versions that are to come, as they would be written. */
const NEXT: readonly Migration[] = [
  ["ALTER TABLE jobs ADD COLUMN note TEXT", "UPDATE jobs SET note = 'from before'"],
  ["CREATE TABLE tags (job INTEGER NOT NULL REFERENCES jobs (n), tag TEXT NOT NULL) STRICT"],
];

function connect(path: string): Connection {
  return new Connection(path, { clock: systemClock, readOnly: false, timeoutMs: 100 });
}

const versionOf = (connection: Connection) =>
  connection.get<{ user_version: number }>("PRAGMA user_version")!.user_version;

Deno.test("migrate takes our version to later ones step by step and keeps the data", async () => {
  await using dir = await tempDir();
  {
    using queue = openQueue(dir);
    await sealedRun(queue, "Run_1", ["a"]);
  }
  using connection = connect(dir.join("sync_queue.db"));
  assert.equal(versionOf(connection), MIGRATIONS.length);
  migrate(connection, [...MIGRATIONS, ...NEXT]);
  assert.equal(versionOf(connection), MIGRATIONS.length + 2);
  assert.equal(connection.get<{ note: string }>("SELECT note FROM jobs")?.note, "from before");
  migrate(connection, [...MIGRATIONS, ...NEXT]);
  assert.equal(versionOf(connection), MIGRATIONS.length + 2);
});

Deno.test("migrate leaves a whole older version when a step fails in the middle", async () => {
  await using dir = await tempDir();
  {
    using queue = openQueue(dir);
    await sealedRun(queue, "Run_1", ["a"]);
  }
  using connection = connect(dir.join("sync_queue.db"));
  const broken = ["ALTER TABLE jobs ADD COLUMN other TEXT", "UPDATE no_such_table SET a = 1"];
  assert.throws(() => migrate(connection, [...MIGRATIONS, NEXT[0]!, broken]), /no_such_table/);
  assert.equal(versionOf(connection), MIGRATIONS.length + 1);
  assert.throws(() => connection.get("SELECT other FROM jobs"), /no such column/);
  migrate(connection, [...MIGRATIONS, ...NEXT]);
  assert.equal(versionOf(connection), MIGRATIONS.length + 2);
});

Deno.test("migrate refuses a version it does not know", async () => {
  await using dir = await tempDir();
  openQueue(dir)[Symbol.dispose]();
  using connection = connect(dir.join("sync_queue.db"));
  migrate(connection, [...MIGRATIONS, ...NEXT]);
  assert.throws(
    () => migrate(connection),
    (error: unknown) => error instanceof LabferryError && error.code === "queue_newer",
  );
});
