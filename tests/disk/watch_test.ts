import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { FolderEvents, MOST_PLACES } from "../../lib/disk/folder_events.ts";
import { DiskPool, type FolderChanges } from "../../lib/disk/mod.ts";
import { WatchThread } from "../../lib/disk/watch_thread.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { testWith } from "../support/needs.ts";

const SHAPE = { names: 3, without: ".exlab-wizard" } as const;

function eventAt(...paths: string[]): Deno.FsEvent {
  return { kind: "modify", paths: paths.map((path) => resolve(path)) };
}

/** A listener, and what it heard. */
function hear() {
  const heard = { begun: 0, changes: [] as FolderChanges[], faults: [] as string[] };
  const options = {
    ...SHAPE,
    onBegin: () => heard.begun++,
    onChanges: (changes: FolderChanges) => heard.changes.push(changes),
    onEnd: (fault: string) => heard.faults.push(fault),
  };
  const paths = () => heard.changes.flatMap(({ paths }) => paths);
  return { heard, options, paths };
}

Deno.test("FolderEvents names each place once, cut to the names that were asked for", () => {
  const events = new FolderEvents(resolve("/data/EQ"), SHAPE);
  assert.ok(events.isEmpty);
  events.see(eventAt("/data/EQ/P/Runs/Run_a/deep/a.dat", "/data/EQ/P/Runs/Run_a/b.dat"));
  events.see(eventAt("/data/EQ/P"));
  events.see(eventAt("/data/EQ/P/Runs/Run_b/.exlab-wizard/run.log"));
  events.see({ kind: "access", paths: ["/data/EQ/P/Runs/Run_c/a.dat"] });
  events.see(eventAt("/data/EQ"));
  events.see(eventAt("/data/EQ_2/P"));
  const expected = [join("P", "Runs", "Run_a"), "P", ""];
  assert.deepEqual(events.take(), { paths: expected, lost: false });
  assert.ok(events.isEmpty);
});

Deno.test("FolderEvents holds no more than its places, and then says that events were lost", () => {
  const events = new FolderEvents(resolve("/data/EQ"), SHAPE);
  for (let i = 0; i < 3 * MOST_PLACES; i++) events.see(eventAt(`/data/EQ/P/Runs/Run_${i}/a`));
  assert.deepEqual(events.take(), { paths: [], lost: true });
  events.see(eventAt("/data/EQ/P/Runs/Run_a/a"));
  events.see({ kind: "other", paths: [], flag: "rescan" });
  assert.ok(!events.isEmpty);
  assert.deepEqual(events.take(), { paths: [], lost: true });
});

testWith(
  ["noWine"],
  "DiskPool tells what changed below a folder, and nothing after the watch was closed",
  async () => {
    await using dir = await tempDir();
    using pool = new DiskPool();
    const [first, second] = [hear(), hear()];
    await dir.write("a/P/Runs/Run_1/x", "");
    await dir.write("b/P/Runs/Run_2/x", "");
    const watch = pool.watchFolder(dir.join("a"), first.options);
    pool.watchFolder(dir.join("b"), second.options);
    await until(() => first.heard.begun + second.heard.begun === 2, { what: "both watches" });
    await dir.write("a/P/Runs/Run_1/y", "1");
    await until(() => first.paths().includes(join("P", "Runs", "Run_1")), { what: "the change" });
    // The second telling needs that the first was taken.
    await dir.write("a/P/Runs/Run_3/y", "1");
    await until(() => first.paths().includes(join("P", "Runs", "Run_3")), { what: "the next one" });
    watch.close();
    const before = first.heard.changes.length;
    await dir.write("a/P/Runs/Run_1/z", "1");
    await dir.write("b/P/Runs/Run_2/z", "1");
    await until(() => second.paths().includes(join("P", "Runs", "Run_2")), { what: "the other's" });
    assert.equal(first.heard.changes.length, before);
    assert.deepEqual([first.heard.faults, second.heard.faults], [[], []]);
  },
);

Deno.test("DiskPool says of a folder that it cannot watch why, and watches the next one", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  const [gone, there] = [hear(), hear()];
  pool.watchFolder(dir.join("gone"), gone.options);
  pool.watchFolder(dir.path, there.options);
  await until(() => there.heard.begun === 1, { what: "the watch" });
  assert.equal(gone.heard.begun, 0);
  assert.equal(gone.heard.faults.length, 1);
});

Deno.test("WatchThread says that its thread is gone, and starts another for the next folder", async () => {
  await using dir = await tempDir();
  const dying = await dir.write(
    "dying.ts",
    'import { parentPort } from "node:worker_threads";\n' +
      'parentPort!.on("message", () => { throw new Error("no memory"); });\n',
  );
  const thread = new WatchThread(`file://${dying}`);
  const heard = [hear(), hear()];
  for (const { heard: { faults }, options } of heard) {
    thread.watch(dir.path, options);
    await until(() => faults.length === 1, { what: "the end of the watch" });
  }
  thread.close();
});
