/** Bringing runs back: real files, a real queue and real transports. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { type Restored, restoreRun } from "../../lib/custody/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import type { PushRequest, Transport, TransportType } from "../../lib/transports/mod.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { filesBelow, noise } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import type { RunFiles } from "../support/lab.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { type Bench, type BenchOptions, openBench } from "../sync/bench.ts";
import { type FarCall, watched, type Watcher } from "../sync/watched_transport.ts";
import { overSsh } from "../sync/over_ssh.ts";

const NAMES: readonly string[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/names.json", import.meta.url)),
).names;

const FILES: RunFiles = {
  "a.dat": "alpha",
  "big.tif": noise(3_000_000, 31),
  "deep/b.dat": "beta",
  "deep/er/c.dat": "gamma",
  "empty.dat": "",
};

interface Held extends Bench {
  readonly calls: FarCall[];
  watch(watcher: Watcher): void;
  /** A run that was proven, and whose local copy was let go. */
  goneRun(files?: RunFiles): Promise<{ readonly run: string; readonly far: string }>;
  restore(run: string, only?: readonly string[]): Promise<Restored>;
}

async function hold(options: BenchOptions = {}): Promise<Held> {
  const calls: FarCall[] = [];
  let watcher: Watcher = () => {};
  const bench = await openBench({
    ...options,
    wrap: (transport) =>
      watched(options.wrap?.(transport) ?? transport, (call) => {
        calls.push(call);
        return watcher(call);
      }),
  });
  return Object.assign(bench, {
    calls,
    watch: (to: Watcher) => void (watcher = to),
    async goneRun(files: RunFiles = FILES) {
      const run = await bench.lab.makeRun(files);
      bench.enqueue(run);
      assert.equal((await bench.deliver(run)).state, "verified");
      await letGoOf(run, bench);
      return { run, far: bench.lab.farRun(run) };
    },
    restore: (run: string, only: readonly string[] | null = null) =>
      restoreRun(bench.job(run), { ...bench.work(bench.job(run).equipmentId), only }),
  });
}

/** As a deletion does, without its look: what is left is the same. */
async function letGoOf(run: string, { moves, job, queue }: Bench): Promise<void> {
  await moves.take(job(run), { type: "kept_long_enough" });
  await moves.take(job(run), { type: "deletion_begun" });
  const paths = await dataOf(run);
  for (const path of paths) await Deno.remove(`${run}/${path}`);
  await Deno.remove(`${run}/deep`, { recursive: true }).catch(() => {});
  queue.files(job(run).id).setLocalMissing(paths);
  await moves.take(job(run), { type: "deleted", freed: { files: paths.length, bytes: 1 } });
}

async function dataOf(run: string): Promise<string[]> {
  return (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/"));
}

/** Data files of a run that pushes named. */
async function filesSent(calls: readonly FarCall[], farDir: string): Promise<number> {
  const requests = calls.filter(({ op }) => op === "push").map(({ args }) => args[0] as PushRequest)
    .filter((request) => request.farDir === farDir);
  const lists = await Promise.all(requests.map(({ files }) => Array.fromAsync(files)));
  return lists.flat().length;
}

const hasCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof LabferryError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

const OVER: Readonly<Record<TransportType, readonly Tool[]>> = {
  mount: [],
  rclone: ["rclone"],
  rsync_ssh: ["rsync", "sshd"],
};

for (const [type, tools] of Object.entries(OVER)) {
  testWith(
    tools,
    `restoreRun brings identical bytes over ${type}, and the run is proven anew`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const sshd = type === "rsync_ssh" ? stack.use(await startSshd()) : undefined;
      const wraps: Readonly<Record<string, (transport: Transport) => Transport>> = {
        rclone: ({ address }) => new RcloneTransport({ remote: ":local:", remotePath: address }),
        rsync_ssh: ({ address }) => overSsh(sshd!, address),
      };
      const wrap = wraps[type];
      await using held = await hold(wrap ? { wrap } : {});
      const odd = NAMES.filter((name) =>
        held.place("PLATE_01").transport.refusalOfName(name) === null && !/[\\\n]/.test(name)
      );
      const files = { ...FILES, ...Object.fromEntries(odd.map((name) => [`odd/${name}`, name])) };
      const { run, far } = await held.goneRun(files);
      const mtime = (await Deno.stat(`${far}/big.tif`)).mtime!.getTime();
      const back = await held.restore(run);
      assert.equal(back.files, Object.keys(files).length);
      assert.deepEqual([back.missing.count, back.damaged.count, back.different.count], [0, 0, 0]);
      await assertSameRun(run, far);
      assert.equal(
        Math.floor((await Deno.stat(`${run}/big.tif`)).mtime!.getTime() / 1000),
        Math.floor(mtime / 1000),
      );
      const { state, pinned, generation, deletionStartedAt } = back.job;
      assert.deepEqual([state, pinned, generation, deletionStartedAt], ["queued", true, 1, null]);
      assert.deepEqual(held.kinds(run).slice(-2), ["pinned", "restored"]);
      assert.equal((await held.queue.files(back.job.id).count("localMissing")).files, 0);
      const before = held.calls.length;
      const proven = await held.deliver(run);
      assert.deepEqual([proven.state, proven.generation], ["verified", 1]);
      assert.equal(proven.pinned, true);
      assert.equal(await filesSent(held.calls.slice(before), proven.farDir), 0);
      await assertProven(far);
      assert.deepEqual((await filesBelow(run)).filter((path) => path.includes("/restore/")), []);
    },
  );
}

Deno.test("restoreRun puts nothing over a file that is here, and names it", async () => {
  await using held = await hold();
  const { run } = await held.goneRun();
  await Deno.writeTextFile(`${run}/a.dat`, "somebody's own");
  await Deno.mkdir(`${run}/deep`);
  await Deno.writeTextFile(`${run}/deep/b.dat`, "beta");
  await Deno.mkdir(`${run}/empty.dat`);
  const back = await held.restore(run);
  assert.deepEqual(back.different, { count: 2, names: ["a.dat", "empty.dat"] });
  assert.deepEqual(back.alreadyHere, { files: 1, bytes: 4 });
  assert.equal(back.files, 2);
  assert.equal(await Deno.readTextFile(`${run}/a.dat`), "somebody's own");
  assert.ok((await Deno.stat(`${run}/empty.dat`)).isDirectory);
});

testWith(
  ["links"],
  "restoreRun follows no link in the run, and takes none for a folder of ours",
  async () => {
    await using held = await hold();
    const { run } = await held.goneRun();
    const outside = held.lab.join("outside");
    await Deno.mkdir(outside);
    await Deno.symlink(outside, `${run}/deep`);
    const back = await held.restore(run);
    assert.deepEqual(back.different.names, ["deep/b.dat", "deep/er/c.dat"]);
    assert.deepEqual([...Deno.readDirSync(outside)], []);
    await Deno.symlink(outside, `${run}/.exlab-wizard/restore`);
    await assert.rejects(held.restore(run), hasCode("link_refused"));
    assert.deepEqual([...Deno.readDirSync(outside)], []);
  },
);

Deno.test("restoreRun with --only brings a part, and the run stays let go", async () => {
  await using held = await hold();
  const { run } = await held.goneRun();
  const back = await held.restore(run, ["deep/**"]);
  assert.deepEqual(await dataOf(run), ["deep/b.dat", "deep/er/c.dat"]);
  assert.deepEqual([back.job.state, back.job.pinned, back.files], ["cleaned", true, 2]);
  assert.equal((await held.queue.files(back.job.id).count("localMissing")).files, 3);
  const all = await held.restore(run);
  assert.deepEqual([all.files, all.alreadyHere.files, all.job.state], [3, 2, "queued"]);
});

Deno.test("restoreRun with --only brings the records of a run whose folder is gone, and its pin into them", async () => {
  await using held = await hold();
  const { run } = await held.goneRun();
  await Deno.remove(run, { recursive: true });
  const back = await held.restore(run, ["deep/**"]);
  assert.deepEqual(await dataOf(run), ["deep/b.dat", "deep/er/c.dat"]);
  assert.ok(back.records > 0);
  const { labferry } = await readCreation(recordPath(run, RECORD_FILES.creation));
  // A queue may be lost, and then the record alone keeps what was brought back.
  assert.equal(labferry?.pinned, true);
});

Deno.test("restoreRun brings no damaged byte, and calls the far copy of a cleaned run damaged", async () => {
  await using held = await hold();
  const { run, far } = await held.goneRun();
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  await Deno.remove(`${far}/deep/b.dat`);
  const back = await held.restore(run);
  assert.deepEqual([back.damaged.names, back.missing.names], [["a.dat"], ["deep/b.dat"]]);
  assert.deepEqual(await dataOf(run), ["big.tif", "deep/er/c.dat", "empty.dat"]);
  const { state, alarm } = held.job(run);
  assert.deepEqual([state, alarm?.code, alarm?.files], ["cleaned", "far_copy_damaged", 2]);
  // Mended over there, all of it comes.
  await Deno.writeTextFile(`${far}/a.dat`, "alpha");
  await Deno.writeTextFile(`${far}/deep/b.dat`, "beta");
  const again = await held.restore(run);
  assert.deepEqual([again.files, again.job.state, again.job.alarm], [2, "queued", null]);
  await assertSameRun(run, far);
});

Deno.test("restoreRun stopped between any two calls goes on, and ends as one that was not", async () => {
  await using held = await hold();
  const { run, far } = await held.goneRun();
  let until = 0;
  for (let ended = false; !ended; until++) {
    let seen = 0;
    held.watch(({ op }) => {
      if (seen++ === until) throw new Error(`stopped before ${op}`);
    });
    try {
      await held.restore(run);
      ended = true;
    } catch (error) {
      assert.match(String(error), /stopped before/);
    }
    for (const path of await dataOf(run)) {
      const [here, there] = await Promise.all(
        [run, far].map((folder) => Deno.readFile(`${folder}/${path}`)),
      );
      assert.deepEqual(here, there, path);
    }
  }
  assert.ok(until > 3, `only ${until} calls`);
  assert.equal(held.job(run).state, "queued");
  await assertSameRun(run, far);
});

Deno.test("restoreRun hashes again what an earlier one staged, and takes no damaged byte of it", async () => {
  await using held = await hold();
  const { run, far } = await held.goneRun();
  const stage = `${run}/.exlab-wizard/restore`;
  await Deno.mkdir(`${stage}/deep`, { recursive: true });
  await Deno.writeTextFile(`${stage}/a.dat`, "torn by a power cut");
  await Deno.writeTextFile(`${stage}/deep/b.dat`, "beta");
  await held.restore(run);
  await assertSameRun(run, far);
});

Deno.test("restoreRun makes the run's folder and its records again, but nothing below a missing root", async () => {
  await using held = await hold();
  const { run, far } = await held.goneRun();
  await Deno.remove(run, { recursive: true });
  const back = await held.restore(run);
  assert.ok(back.records > 0);
  await assertSameRun(run, far);
  const creation = JSON.parse(await Deno.readTextFile(`${run}/.exlab-wizard/creation.json`));
  assert.equal(typeof creation.created_at, "string");
  assert.equal(creation.labferry.pinned, true, "a lost queue forgets no person's word");
  assert.equal(await Deno.stat(`${run}/.exlab-wizard/transfer.json`).catch(() => null), null);
  const other = await held.goneRun();
  await Deno.rename(held.lab.dataRoot, `${held.lab.dataRoot}-off`);
  await assert.rejects(held.restore(other.run), hasCode("root_missing"));
  assert.equal(await Deno.stat(held.lab.dataRoot).catch(() => null), null);
});

Deno.test("restoreRun fetches nothing from a place that is not the known one", async () => {
  await using held = await hold();
  const { run } = await held.goneRun();
  const base = held.lab.farBase("PLATE_01");
  await Deno.rename(`${base}/.labferry-destination.json`, `${base}/aside.json`);
  await assert.rejects(held.restore(run), hasCode("destination_unmarked"));
  assert.equal(held.calls.some(({ op }) => op === "fetch"), false);
  assert.deepEqual(await dataOf(run), []);
});

Deno.test("restoreRun refuses a run that nothing is proven of, and one that is being worked on", async () => {
  await using held = await hold();
  const run = await held.lab.makeRun(FILES);
  held.enqueue(run);
  await assert.rejects(held.restore(run), hasCode("wrong_state"));
  const gone = await held.goneRun();
  let inner: Promise<unknown> | null = null;
  held.watch(({ op }) => {
    if (op === "fetch") inner ??= assert.rejects(held.restore(gone.run), hasCode("run_busy"));
    return inner as Promise<void>;
  });
  await held.restore(gone.run);
  assert.ok(inner);
});

testWith(["tmpfs"], "restoreRun asks for the room before the first byte", async () => {
  const { smallDisk } = await import("../support/tmpfs.ts");
  await using disk = await smallDisk(6 * 1024);
  await using held = await hold({ dataRoot: disk.path });
  const { run } = await held.goneRun();
  await Deno.writeFile(`${disk.path}/filler`, new Uint8Array(4_000_000));
  await assert.rejects(held.restore(run), hasCode("disk_full"));
  assert.equal(held.calls.some(({ op }) => op === "fetch"), false);
  await Deno.remove(`${disk.path}/filler`);
  assert.equal((await held.restore(run)).job.state, "queued");
});
