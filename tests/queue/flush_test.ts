import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../lib/base/mod.ts";
import { Connection } from "../../lib/queue/connection.ts";
import { openConnection } from "../../lib/queue/open.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

/** As SQLite numbers them. */
const [NORMAL, FULL] = [1, 2];

function synchronous({ database }: Connection): number {
  return Number(database.prepare("PRAGMA synchronous").get()!["synchronous"]);
}

function put(connection: Connection, key: string): void {
  connection.run("INSERT INTO meta (key, value) VALUES (?, '')", [key]);
}

function keys(connection: Connection): string[] {
  return connection.all<{ key: string }>("SELECT key FROM meta ORDER BY key").map(({ key }) => key);
}

Deno.test("Connection.transaction waits for the disk unless it is told not to, also after a fault", async () => {
  await using dir = await tempDir();
  using connection = openConnection(dir.join("q.db")).connection;
  assert.equal(synchronous(connection), FULL);
  connection.transaction(() => assert.equal(synchronous(connection), FULL));
  const inside = () => assert.equal(synchronous(connection), NORMAL);
  connection.transaction(inside, { flush: false });
  assert.equal(synchronous(connection), FULL);
  const fault = new Error("no");
  assert.throws(
    () =>
      connection.transaction(() => {
        throw fault;
      }, { flush: false }),
    fault,
  );
  assert.equal(synchronous(connection), FULL);
});

Deno.test("Connection.transaction inside one that waits for the disk is a part of it", async () => {
  await using dir = await tempDir();
  using connection = openConnection(dir.join("q.db")).connection;
  connection.transaction(() => {
    connection.transaction(() => assert.equal(synchronous(connection), FULL), { flush: false });
  });
});

Deno.test("Connection.flush writes only when something was left, and once", async () => {
  await using dir = await tempDir();
  const path = dir.join("q.db");
  using connection = openConnection(path).connection;
  const flushes = () =>
    Number(
      connection.get<{ value: string }>("SELECT value FROM meta WHERE key = 'flushed'")?.value ?? 0,
    );
  connection.flush();
  assert.equal(flushes(), 0);
  connection.transaction(() => put(connection, "a"), { flush: false });
  connection.flush();
  connection.flush();
  assert.equal(flushes(), 1);
  connection.transaction(() => put(connection, "b"), { flush: false });
  connection.transaction(() => put(connection, "c"));
  connection.flush();
  assert.equal(flushes(), 1, "the commit after it took it along");
  using second = new Connection(path, { clock: systemClock, readOnly: true, timeoutMs: 1000 });
  assert.deepEqual(keys(second).filter((key) => key.length === 1), ["a", "b", "c"]);
});

testWith(["unix"], "a commit that did not wait for the disk outlives the process", async () => {
  await using dir = await tempDir();
  const path = dir.join("q.db");
  const script = `
    import { openConnection } from ${
    JSON.stringify(import.meta.resolve("../../lib/queue/open.ts"))
  };
    const { connection } = openConnection(Deno.args[0]);
    connection.transaction(
      () => connection.run("INSERT INTO meta (key, value) VALUES ('kept', '')"),
      { flush: false },
    );
    Deno.kill(Deno.pid, "SIGKILL");
  `;
  const file = await dir.write("child.ts", script);
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const { signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--config", config, file, path],
  }).output();
  assert.equal(signal, "SIGKILL");
  using connection = openConnection(path).connection;
  assert.ok(keys(connection).includes("kept"));
});
