/** Runs of a PC that cannot run labferry, fetched from its read-only share by the real service. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isThere } from "../../lib/disk/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { ADDRESS, ANCHOR, jobsOf, provenRun, type PullLab, pullLab } from "./pull_lab.ts";

const FILES = (share: string) => [
  "completeness_signal: quiet_period",
  "quiet_minutes: 0.02",
  `intake: { watch: [${
    JSON.stringify(`${share}/out`)
  }], project: Lipids, run: { kind: files, match: "*.raw" } }`,
];
const FOLDERS = (share: string) => [
  "completeness_signal: quiet_period",
  "quiet_minutes: 0.02",
  `intake: { watch: [${JSON.stringify(`${share}/out`)}], project: Lipids }`,
];
const LAYOUT = () => ["completeness_signal: sentinel_file", "sentinel_filename: done.flag"];

async function farText({ lab }: PullLab, farDir: string, name: string): Promise<string> {
  return await Deno.readTextFile(join(lab.farBase("ORBI_01"), farDir, name));
}

/** What `status` says of the equipment's roots. */
async function rootFault({ lab }: PullLab): Promise<string> {
  return JSON.stringify((await labferry(lab, ["status", "--json"])).json().roots ?? []);
}

async function untilSaid(at: PullLab, words: RegExp): Promise<void> {
  let said = "";
  await until(async () => {
    said = await rootFault(at);
    return words.test(said);
  }, { what: () => `${words} to be said: ${said}`, everyMs: 200 });
}

testWith(
  ["namespaces"],
  "files and folders of a read-only share are proven, and nothing is written there",
  async () => {
    for (const signal of [FILES, FOLDERS]) {
      await using at = await pullLab({ signal });
      await at.write(signal === FILES ? "out/a.raw" : "out/a/a.raw", "alpha");
      await using _daemon = await at.start();
      const job = await provenRun(at, /_a$/);
      assert.equal(await farText(at, job.farDir, "a.raw"), "alpha");
      assert.ok(job.runPath.startsWith(join(at.lab.stateDir.path, "runs", "ORBI_01", "Lipids")));
      assert.equal(job.dataDir, join(at.share, signal === FILES ? "out" : "out/a"));
      const names = await at.space.sh('cd "$1"; find . -type f | sort', at.instrument);
      assert.equal(names, `${signal === FILES ? "./out/a.raw" : "./out/a/a.raw"}\n./${ANCHOR}\n`);
      await assert.rejects(at.space.sh('touch "$1/x"', at.share), /Read-only/);
      // Which labferry fetches it stands at the base.
      const claim = join(at.lab.farBase("ORBI_01"), ".exlab-wizard", "labferry-service.json");
      assert.equal(JSON.parse(await Deno.readTextFile(claim)).state_dir, at.lab.stateDir.path);
      using queue = Queue.openToRead(at.lab.stateDir.queueFile);
      const [sealed] = queue.jobs.generations(job.id);
      const { open_for_writing: open, quiet_ms: quietMs } = sealed!.evidence.completeness as Record<
        string,
        unknown
      >;
      assert.equal(open, "unknown");
      // Twice the configured 1.2 s.
      assert.ok(Number(quietMs) >= 2_400, String(quietMs));
      for await (const { fileId } of queue.files(job.id).list("all")) assert.equal(fileId, "");
      const shares = JSON.parse(
        await Deno.readTextFile(join(at.lab.stateDir.path, "sources.json")),
      );
      assert.equal(shares.sources.ORBI_01.address, ADDRESS);
    }
  },
);

testWith(
  ["namespaces"],
  "a run in the layout is fetched, and its later files are a second generation",
  async () => {
    await using at = await pullLab({ signal: LAYOUT });
    const run = "ORBI_01/Lipids/TestRuns/TestRun_2026-04-17T14-32";
    await at.write(`${run}/a.raw`, "alpha");
    await at.write(`${run}/done.flag`, "");
    await using _daemon = await at.start();
    const job = await provenRun(at, /TestRun_2026-04-17T14-32$/);
    assert.equal(job.farDir, "Lipids/TestRuns/TestRun_2026-04-17T14-32");
    await at.write(`${run}/b.raw`, "beta");
    // Nothing tells of what comes to a share: the look before the next comparison sees it.
    await labferry(at.lab, ["verify", job.id]);
    const again = await provenRun(at, /TestRun_2026-04-17T14-32$/, { generation: 2 });
    assert.equal(await farText(at, again.farDir, "b.raw"), "beta");
  },
);

testWith(
  ["namespaces"],
  "a share that went away takes no run with it, nor does another one in its place",
  async () => {
    await using at = await pullLab({ signal: FOLDERS });
    const { space, share } = at;
    await at.write("out/a/a.raw", "alpha");
    await using _daemon = await at.start();
    const a = await provenRun(at, /_a$/);
    await at.unmountShare();
    // An empty mount point.
    await untilSaid(at, /nothing is mounted/);
    await space.sh('mount -t tmpfs //other-pc/data "$1"; mkdir -p "$1/out/b"', share);
    await untilSaid(at, /another share is mounted there/);
    // Also one that has the anchor, and a run of the same name with other bytes.
    await space.sh('touch "$1/$2"; mkdir "$1/out/a"; echo other > "$1/out/a/a.raw"', share, ANCHOR);
    await untilSaid(at, /another share is mounted there/);
    const verify = await labferry(at.lab, ["verify", a.id, "--json"]);
    assert.match(verify.stdout, /root_missing/);
    assert.deepEqual(jobsOf(at).map(({ state, generation }) => [state, generation]), [[
      "verified",
      1,
    ]]);
    await at.unmountShare();
    // The right share with its anchor gone: somebody has moved its folders.
    await at.mountShare();
    await space.sh('mv "$1/$2" "$1/renamed.txt"', at.instrument, ANCHOR);
    await untilSaid(at, /its anchor .* is not there/);
    await space.sh('mv "$1/renamed.txt" "$1/$2"', at.instrument, ANCHOR);
    await at.write("out/c/c.raw", "gamma");
    await provenRun(at, /_c$/);
    assert.equal(jobsOf(at).length, 2);
    using queue = Queue.openToRead(at.lab.stateDir.queueFile);
    assert.equal(await queue.files(a.id).hasAny("localMissing"), false);
  },
);

testWith(
  ["namespaces"],
  "a share that vanishes while it is copied from: the run waits, and goes on when it is back",
  async () => {
    await using at = await pullLab({
      signal: FOLDERS,
      transportYaml: "bandwidth: { upload_mbps: 64 }",
    });
    await at.space.sh(
      'mkdir -p "$1"; for n in a b c d e f g h i j k l; do dd if=/dev/urandom of="$1/$n.raw" bs=1M count=5 status=none; done',
      join(at.instrument, "out/big"),
    );
    await using _daemon = await at.start();
    await until(() => jobsOf(at)[0]?.state === "running", { what: "the copy to begin" });
    const far = join(at.lab.farBase("ORBI_01"), jobsOf(at)[0]!.farDir);
    await until(() => isThere(join(far, "a.raw")), { what: "the first file to be there" });
    await at.unmountShare();
    await until(() => jobsOf(at)[0]?.lastError?.code === "root_missing", {
      what: () => `the share to be missed: ${JSON.stringify(jobsOf(at))}`,
    });
    const [waiting] = jobsOf(at);
    assert.deepEqual([waiting!.state, waiting!.attempts], ["queued", 0]);
    assert.equal(await isThere(join(far, "l.raw")), false);
    await at.mountShare();
    const job = await provenRun(at, /_big$/);
    assert.deepEqual([job.generation, job.files], [1, 12]);
  },
);
