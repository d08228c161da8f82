/** A new labferry on an old queue, and an old labferry on a new one. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { LabferryError } from "../../lib/base/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { MIGRATIONS } from "../../lib/queue/migrations.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";

const FIXTURES = new URL("../fixtures/queues/", import.meta.url);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function fixture(name: string): Promise<Uint8Array> {
  return gunzipSync(await Deno.readFile(new URL(name, FIXTURES)));
}

/** Every row of every table, and every statement of the schema. No connection may be open on it. */
function contents(path: string): Record<string, unknown> {
  using database = new DatabaseSync(path, { readOnly: true });
  const schema = database.prepare("SELECT name, type, sql FROM sqlite_schema ORDER BY name").all();
  const rows = schema.filter(({ type }) => type === "table").map(({ name }) => {
    const statement = database.prepare(`SELECT * FROM "${name}"`);
    statement.setReadBigInts(true);
    return [name, statement.all()];
  });
  const pragmas = ["user_version", "application_id"].map((pragma) => [
    pragma,
    database.prepare(`PRAGMA ${pragma}`).get(),
  ]);
  return { schema, ...Object.fromEntries(rows), ...Object.fromEntries(pragmas) };
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

for await (const { name } of Deno.readDir(FIXTURES)) {
  const version = Number(/^version-(\d+)\.db\.gz$/.exec(name)?.[1]);
  if (!version || version === MIGRATIONS.length) continue;

  Deno.test(`a queue of version ${version} is kept as it was, and brought up to date`, async () => {
    await using dir = await tempDir();
    const path = await dir.write("sync_queue.db", await fixture(name));
    const before = contents(path);
    // What a start that was killed in the middle of keeping left.
    await dir.write("sync_queue.db.keeping", "half");
    let keptAs: string;
    {
      using queue = Queue.open(path);
      keptAs = queue.keptAs!;
      const jobs = queue.jobs.list({ limit: 100 });
      const states = jobs.map(({ runPath, state }) => [runPath.split(/[\\/]/).at(-1), state]);
      assert.deepEqual(Object.fromEntries(states), STATES[version]);
    }
    assert.match(keptAs, new RegExp(`sync_queue\\.db\\.version-${version}-\\d{8}T\\d{6}Z$`));
    // Windows has no such bits.
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(keptAs).mode! & 0o777, 0o600);
    }
    assert.deepEqual(contents(keptAs), before);
    using again = Queue.open(path);
    assert.equal(again.keptAs, null);
    assert.ok(!namesIn(dir.path).includes("sync_queue.db.keeping"));
  });

  Deno.test(`what was kept of version ${version} can be put back and is brought up to date again`, async () => {
    await using dir = await tempDir();
    const path = await dir.write("sync_queue.db", await fixture(name));
    const first = Queue.open(path);
    const keptAs = first.keptAs!;
    first[Symbol.dispose]();
    await Deno.rename(keptAs, path);
    using second = Queue.open(path);
    assert.equal(second.jobs.list({ limit: 100 }).length, Object.keys(STATES[version]!).length);
  });
}

/** What the runs of each fixture are. */
const STATES: Readonly<Record<number, Record<string, string>>> = {
  4: {
    "Run_2026-04-11T10-00": "verified",
    "Run_2026-04-12T10-00": "verified",
    "Run_2026-04-13T10-00": "verified",
    "Run_2026-11-26T11-49": "queued",
  },
};

testWith(
  ["linux", "tmpfs"],
  "without room to keep the queue as it was it is not changed",
  async () => {
    await using disk = await smallDisk(1024);
    const path = `${disk.path}/sync_queue.db`;
    await Deno.writeFile(path, await fixture("version-4.db.gz"));
    // Room for the log that opening begins, not for the copy.
    await Deno.writeFile(`${disk.path}/full`, new Uint8Array(700_000));
    const before = contents(path);
    assert.throws(
      () => Queue.open(path),
      (error) =>
        error instanceof LabferryError && error.code === "queue_full_disk" &&
        /no room to keep the queue/.test(error.message),
    );
    assert.deepEqual(contents(path), before);
    assert.deepEqual(namesIn(disk.path).filter((each) => /keeping|version-/.test(each)), []);
  },
);

Deno.test("an older labferry refuses the queue of a newer one, says so, and changes nothing", async () => {
  await using dir = await tempDir();
  const path = dir.join("state/sync_queue.db");
  await Deno.mkdir(dir.join("state"));
  Queue.open(path)[Symbol.dispose]();
  const newer = new DatabaseSync(path);
  newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  const before = await Deno.readFile(path);
  for (const command of [["queue", "list"], ["daemon"]]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "main.ts", ...command, "--state-dir", dir.join("state")],
      cwd: ROOT,
      env: { LABFERRY_CONFIG: await dir.write("config.yaml", "equipment: []\n"), NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.notEqual(code, 0, said);
    assert.match(said, /the queue was written by a newer labferry: it has version \d+/);
    assert.match(said, /hint: install the newer labferry again; nothing was changed/);
  }
  assert.deepEqual(await Deno.readFile(path), before);
});
