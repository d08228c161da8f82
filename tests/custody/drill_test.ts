/** The drill, over real transports, and its line in the hands of ssh-keygen. */
import assert from "node:assert/strict";
import { drill, type DrillOptions } from "../../lib/custody/drill.ts";
import { Drills } from "../../lib/custody/mod.ts";
import { connectTo, type Dispatcher } from "../../lib/sync/mod.ts";
import type { Transport } from "../../lib/transports/mod.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { filesBelow, noise } from "../contract/stage.ts";
import { sshVerify } from "../support/how_to_verify.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { type Bench, openBench } from "../sync/bench.ts";
import { overSsh } from "../sync/over_ssh.ts";

const KB = 1_000;
const FILES = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => [`deep/p[${i}].dat`, noise(10 * KB, i)]),
);

async function openDrill(wrap: (address: string) => Transport | null = () => null) {
  const bench = await openBench({ wrap: (transport) => wrap(transport.address) ?? transport });
  const runs: string[] = [];
  for (let i = 0; i < 3; i++) {
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    assert.equal((await bench.deliver(run)).state, "verified");
    runs.push(run);
  }
  const { context } = bench;
  return Object.assign(bench, {
    runs,
    async drill(more: Partial<DrillOptions> = {}) {
      const destination = bench.place("PLATE_01");
      const { signal } = new AbortController();
      await using far = await connectTo(destination, bench.job(runs[0]!), { context, signal });
      const scratchDir = await Deno.makeTempDir({ dir: far.scratchDir });
      const outcome = await drill({
        equipmentId: "PLATE_01",
        session: far.session,
        address: destination.transport.address,
        runs: runs.map((run) => ({
          farDir: bench.job(run).farDir,
          isCleaned: false,
          bytes: bench.job(run).bytes,
        })),
        maxBytes: 1_000 * KB,
        scratchDir,
        signal,
        random: Math.random,
        monotonicMs: () => performance.now(),
        ...more,
      });
      assert.deepEqual(await filesBelow(scratchDir), [], "what came back is removed");
      return outcome;
    },
  });
}

async function comesBack(wrap: (address: string) => Transport | null): Promise<void> {
  await using bench = await openDrill(wrap);
  const whole = await bench.drill();
  assert.deepEqual([whole.runs, whole.files, whole.bytes, whole.bad], [3, 30, 300 * KB, []]);
  assert.equal(whole.whole_bytes, 300 * KB);
  assert.match(whole.sentence, /^30 files \(300 kB\) of 3 runs came back as proven in /);
  assert.match(
    whole.sentence,
    /; all that is proven of PLATE_01 \(300 kB\) would be back in \d+ s$/,
  );
}

Deno.test("drill brings proven files back over a mount, and leaves nothing", () =>
  comesBack(() => null));

testWith(["rsync", "sshd"], "drill brings proven files back over ssh", async () => {
  await using sshd = await startSshd();
  await comesBack((address) => overSsh(sshd, address));
});

testWith(
  ["rclone"],
  "drill brings proven files back by rclone",
  () => comesBack((address) => new RcloneTransport({ remote: `:local:${address}` })),
);

Deno.test("drill keeps its bound, and asks runs without a local copy first", async () => {
  await using bench = await openDrill();
  const [first, second] = bench.runs.map((run) => bench.job(run).farDir);
  const runs = [
    { farDir: first!, isCleaned: false, bytes: 100 * KB },
    { farDir: second!, isCleaned: true, bytes: 100 * KB },
  ];
  const bounded = await bench.drill({ maxBytes: 50 * KB });
  assert.ok(bounded.bytes <= 50 * KB && bounded.files > 0);
  assert.equal(bounded.files, 3);
  // Room for one file: it is of the run that is nowhere else.
  await Deno.remove(bench.lab.farRun(bench.runs[0]!), { recursive: true });
  const one = await bench.drill({ runs, maxBytes: 10 * KB * 5 });
  assert.deepEqual([one.bad.length, one.bad[0]?.startsWith(first!)], [1, true]);
  assert.equal(one.files, 1);
});

Deno.test("drill names what does not come back as it was proven", async () => {
  await using bench = await openDrill();
  const far = bench.lab.farRun(bench.runs[1]!);
  await Deno.writeFile(`${far}/deep/p[3].dat`, noise(10 * KB, 99));
  await Deno.remove(`${far}/deep/p[4].dat`);
  const outcome = await bench.drill();
  const { farDir } = bench.job(bench.runs[1]!);
  assert.deepEqual(outcome.bad.toSorted(), [3, 4].map((i) => `${farDir}/deep/p[${i}].dat`));
  assert.match(outcome.sentence, /^2 files did not come back as proven/);
});

async function drilled(bench: Bench, rounds: number): Promise<void> {
  let rested = 0;
  const faults: unknown[] = [];
  await using service = new Drills({
    log: () => {},
    onFault: (fault) => void faults.push(fault),
    context: bench.context,
    destinations: new Map([["PLATE_01", bench.place("PLATE_01")]]),
    dispatcher: {
      lend: (job, act) => act(bench.work(job.equipmentId)),
      breakers: { isUp: () => true } as unknown as Dispatcher["breakers"],
    },
    maxBytes: 1_000 * KB,
    onDrill: () => {},
    clock: {
      now: () => new Date(),
      monotonicMs: () => performance.now(),
      sleep: (_ms, signal) => {
        rested++;
        return rested < rounds ? Promise.resolve() : new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
        });
      },
    },
  });
  service.start();
  await until(() => rested >= rounds || faults.length > 0, { what: "the rounds" });
  assert.deepEqual(faults, []);
}

testWith(["sshd"], "the service drills once a week, and signs what it found", async () => {
  await using bench = await openDrill();
  await drilled(bench, 3);
  const book = `${bench.lab.stateDir.path}/drills.tsv`;
  const lines = (await Deno.readTextFile(book)).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  const [text, signature] = lines[0]!.split("\t");
  const outcome = JSON.parse(text!);
  assert.deepEqual([outcome.files, outcome.bad, outcome.equipment], [30, [], "PLATE_01"]);
  const file = `${bench.lab.stateDir.path}/drill`;
  await Deno.writeTextFile(file, text!);
  await Deno.writeFile(`${file}.sig`, Uint8Array.fromBase64(signature!));
  const who = `labferry@${bench.context.host.split(".")[0]!.toLowerCase()}`;
  const base = bench.lab.farBase("PLATE_01");
  const asked = { base, file, namespace: "labferry-drill-v1@labferry", who };
  const good = await sshVerify(asked);
  assert.ok(good.good, good.said);
  await Deno.writeTextFile(file, text!.replace('"files":30', '"files":31'));
  assert.equal((await sshVerify(asked)).good, false);
  bench.queue.meta.set("drill:PLATE_01", new Date(Date.now() - 8 * 86_400_000).toISOString());
  await drilled(bench, 1);
  assert.equal((await Deno.readTextFile(book)).trimEnd().split("\n").length, 2);
});
