/** The manifest's signature over there: before the manifest, with it aside, and mended by a pass. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { renewKey } from "../../lib/evidence/signing_keys.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { type Transport, TransportError } from "../../lib/transports/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { writeFiles } from "../support/lab.ts";
import { followHowToVerify } from "../support/how_to_verify.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { type Bench, openBench } from "./bench.ts";
import { overSsh } from "./over_ssh.ts";
import { type FarCall, watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "deep/b.dat": "beta" };
const RECORDS = ".exlab-wizard";

/** The base of the bench's first equipment, and the run below it. */
function placeOf(bench: Bench, run: string): { base: string; below: string; far: string } {
  const far = bench.lab.farRun(run);
  const below = bench.job(run).farDir;
  return { base: far.slice(0, -below.length - 1), below, far };
}

async function assertHolds(bench: Bench, run: string): Promise<void> {
  const { base, below } = placeOf(bench, run);
  const answers = await followHowToVerify(base, { run: below });
  assert.match(answers[2], /^Good "labferry-manifest-v1@labferry" signature for labferry@/);
  assert.match(answers[2], /^every file is as it was proven$/m);
}

async function provesOver(wrap: (address: string) => Transport | null): Promise<void> {
  await using bench = await openBench({
    wrap: (transport) => wrap(transport.address) ?? transport,
  });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  await assertHolds(bench, run);
  const { base, below, far } = placeOf(bench, run);
  await Deno.writeTextFile(`${far}/a.dat`, "alphb");
  assert.doesNotMatch((await followHowToVerify(base, { run: below }))[2], /as it was proven/);
  await Deno.writeTextFile(`${far}/a.dat`, "alpha");
  const manifest = `${far}/${RECORDS}/checksums.sha256`;
  const text = await Deno.readTextFile(manifest);
  await Deno.writeTextFile(manifest, text.replace("a.dat", "c.dat"));
  assert.doesNotMatch((await followHowToVerify(base, { run: below }))[2], /^Good/m);
}

testWith(
  ["sshd", "sha256sum"],
  "an auditor with nothing but a mounted base proves a run",
  () => provesOver(() => null),
);

testWith(["rsync", "sshd", "sha256sum"], "an auditor proves a run that went over ssh", async () => {
  await using sshd = await startSshd();
  await provesOver((address) => overSsh(sshd, address));
});

testWith(
  ["rclone", "sshd", "sha256sum"],
  "an auditor proves a run that rclone carried",
  () => provesOver((address) => new RcloneTransport({ remote: `:local:${address}` })),
);

async function openWatched(): Promise<Bench & { watch(watcher: Watcher): void }> {
  let watcher: Watcher = () => {};
  const bench = await openBench({
    wrap: (transport) => watched(transport, (call) => watcher(call)),
  });
  return Object.assign(bench, { watch: (to: Watcher) => void (watcher = to) });
}

const putNames = ({ op, args }: FarCall): string[] =>
  op === "putFiles" ? [...(args[1] as Map<string, Uint8Array>).keys()] : [];

testWith(
  ["sshd"],
  "wherever a delivery is stopped, no manifest stands without its signature",
  async () => {
    await using bench = await openWatched();
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    const { base, below, far } = placeOf(bench, run);
    // Every far call of two generations is once the last one that came through.
    for (const generation of [1, 2]) {
      for (let most = 1;; most++) {
        let calls = 0;
        bench.watch(() => {
          if (++calls > most) throw new TransportError("unreachable", "the line is gone");
        });
        const job = await bench.deliver(run);
        bench.watch(() => {});
        const there = await isThere(far) ? await filesBelow(far) : [];
        if (there.includes(`${RECORDS}/checksums.sha256`)) {
          assert.match(
            (await followHowToVerify(base, { run: below }))[2],
            /^Good/m,
            `call ${most}`,
          );
        }
        if (job.state === "verified") {
          assert.ok(most > 10, "it was not stopped at all");
          break;
        }
        assert.ok(most < 200);
      }
      if (generation === 1) {
        await writeFiles(run, { "c.dat": "gamma" });
        await bench.seal(run);
      }
    }
    await assertHolds(bench, run);
  },
);

Deno.test("a new generation sets manifest and signature aside together", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await bench.deliver(run);
  const { base, below, far } = placeOf(bench, run);
  const first = await Deno.readFile(`${far}/${RECORDS}/checksums.sha256.sig`);
  await writeFiles(run, { "c.dat": "gamma" });
  await bench.seal(run);
  await bench.deliver(run);
  const second = await Deno.readFile(`${far}/${RECORDS}/checksums.sha256.sig`);
  assert.notDeepEqual(second, first);
  const aside = await filesBelow(`${base}/.labferry-superseded/${below}`);
  const folders = aside.filter((path) => path.includes("checksums.sha256"))
    .map((path) => path.slice(0, path.indexOf("/")));
  assert.equal(folders.length, 2);
  assert.equal(new Set(folders).size, 1);
});

testWith(
  ["unix"],
  "a pass mends a signature that is missing, damaged, or of a leaked key, and leaves a good one",
  async () => {
    await using bench = await openWatched();
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    await bench.deliver(run);
    const { far } = placeOf(bench, run);
    const path = `${far}/${RECORDS}/checksums.sha256.sig`;
    const pass = () => verifyAgain(bench.job(run), bench.work("PLATE_01"));
    const { stateDir, host, clock } = bench.context;
    const spoils = [
      () => Deno.remove(path),
      () => Deno.writeTextFile(path, "edited"),
      async () => void await renewKey({ stateDir, host, clock, because: "leaked" }),
    ];
    for (const [i, spoil] of spoils.entries()) {
      await spoil();
      assert.equal((await pass()).state, "verified");
      assert.equal(bench.kinds(run).filter((kind) => kind === "signature_mended").length, i + 1);
      await assertHolds(bench, run);
    }
    // Retired is not leaked.
    await renewKey({ stateDir, host, clock, because: "asked" });
    const puts: string[] = [];
    bench.watch((call) => void puts.push(...putNames(call)));
    await pass();
    // The new one's public half, and no signature.
    assert.deepEqual(puts.map((path) => path.slice(path.lastIndexOf("."))), [".signer"]);
    await pass();
    assert.equal(puts.length, 1);
  },
);

testWith(
  ["unix"],
  "keys that somebody took away at a base stand there again with a later pass",
  async () => {
    let laterMs = 0;
    const clock = {
      now: () => systemClock.now(),
      monotonicMs: () => systemClock.monotonicMs() + laterMs,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal),
    };
    await using bench = await openBench({ clock });
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    await bench.deliver(run);
    const { base } = placeOf(bench, run);
    await Deno.remove(`${base}/.labferry-keys`, { recursive: true });
    await Deno.remove(`${base}/HOW-TO-VERIFY.txt`);
    laterMs = 3_600_000;
    assert.equal((await verifyAgain(bench.job(run), bench.work("PLATE_01"))).state, "verified");
    await assertHolds(bench, run);
  },
);
