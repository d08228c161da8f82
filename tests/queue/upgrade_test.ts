/** A new labferry on an old queue, and an old labferry on a new one. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { LabferryError } from "../../lib/base/mod.ts";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { MIGRATIONS } from "../../lib/queue/migrations.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { PROGRAM } from "../support/program.ts";

const FIXTURES = new URL("../fixtures/queues/", import.meta.url);

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

/** A start notes times and counts of its own here. */
const NOTES = ["meta"];

/** Rows of `before` that `after` has not, or not with the same values; columns may have been added. */
function changedRows(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(before).filter(([, rows]) => Array.isArray(rows)).flatMap(
    ([table, rows]) => {
      if (table === "schema") return [];
      const columns = NOTES.includes(table) ? ["key"] : Object.keys((rows as Row[])[0] ?? {});
      const asText = (row: Row) =>
        JSON.stringify(columns.map((name) => typeof row[name] + String(row[name])));
      const there = new Set(((after[table] ?? []) as Row[]).map(asText));
      return (rows as Row[]).map(asText).filter((row) => !there.has(row)).map((row) => table + row);
    },
  );
}
type Row = Readonly<Record<string, unknown>>;

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
    assert.ok(hasItsOwn(version, before));
    // What a start that was killed in the middle of keeping left.
    await dir.write("sync_queue.db.keeping", "half");
    let keptAs: string;
    {
      using queue = Queue.open(path);
      keptAs = queue.keptAs!;
      const jobs = queue.jobs.list({ limit: 100 });
      const states = jobs.map((job) => stateOf(job, version));
      assert.deepEqual(Object.fromEntries(states), statesOf(version));
    }
    assert.match(keptAs, new RegExp(`sync_queue\\.db\\.version-${version}-\\d{8}T\\d{6}Z$`));
    // Windows has no such bits.
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(keptAs).mode! & 0o777, 0o600);
    }
    assert.deepEqual(contents(keptAs), before);
    assert.deepEqual(changedRows(before, contents(path)), []);
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
    assert.equal(second.jobs.list({ limit: 100 }).length, Object.keys(statesOf(version)).length);
  });
}

/** What the runs of each fixture are; of a run that is a file, its group. */
function statesOf(version: number): Record<string, string> {
  if (version === 4) {
    return {
      "Run_2026-04-11T10-00": "verified",
      "Run_2026-04-12T10-00": "verified",
      "Run_2026-04-13T10-00": "verified",
      "Run_2026-11-26T11-49": "queued",
    };
  }
  return {
    "Run_2026-04-11T10-00": "verified pinned",
    "Run_2026-04-12T10-00": "verified generation 2",
    "Run_2026-04-13T10-00": "verified",
    "Run_2026-04-14T10-00": "queued gate",
    "Run_2026-04-15T10-00": "failed",
    "Run_2026-04-16T10-00": "queued",
    "Run_2026-04-17T10-00": "queued cancelled",
    ...(version >= 6 ? { blank: "verified", sample_1: "verified" } : {}),
    ...(version >= 12 ? { "Run_2026-04-19T10-00": "verified" } : {}),
  };
}

function stateOf(job: Job, version: number): [leaf: string, state: string] {
  const leaf = job.runPath.split(/[\\/]/).at(-1)!.replace(/^Run_[\dT-]+_/, "");
  const { state, hold, pinned, generation } = job;
  if (version === 4) return [leaf, state];
  const more = [
    hold ?? "",
    pinned ? "pinned" : "",
    generation > 1 ? `generation ${generation}` : "",
  ];
  return [leaf, [state, ...more].filter((one) => one !== "").join(" ")];
}

/** What each version brought, and its fixture has: it has to be there to be kept. */
function hasItsOwn(version: number, before: Readonly<Record<string, unknown>>): boolean {
  const rows = (table: string) => (before[table] ?? []) as Row[];
  return (version < 6 || rows("jobs").filter(({ members }) => members !== null).length === 2) &&
    (version < 7 || rows("dismissed_runs").length === 1) &&
    (version < 8 || rows("seen_runs").filter(({ existing }) => existing === 1n).length === 1) &&
    (version < 11 || rows("ahead_files").filter(({ state }) => state === "there").length === 1) &&
    (version < 12 || rows("origin_hashes").length === 1) &&
    rows("files").length >= 4 && rows("passes").length >= 4 && rows("pauses").length === 1;
}

Deno.test("each version that was ever in use has its queue here", async () => {
  // 1 to 3 and 11 were never left behind by a labferry that anybody ran: they came with the next.
  const there = (await Array.fromAsync(Deno.readDir(FIXTURES)))
    .flatMap(({ name }) => /^version-(\d+)\.db\.gz$/.exec(name)?.[1] ?? []).map(Number);
  assert.deepEqual(there.sort((a, b) => a - b), [4, 5, 6, 7, 8, 9, 10, 12]);
});

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
      args: [...PROGRAM, ...command, "--state-dir", dir.join("state")],
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
