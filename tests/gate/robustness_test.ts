import assert from "node:assert/strict";
import { auditOneRun, auditTree, gateVerdict, gatherAudit } from "../../lib/gate/mod.ts";
import { judgeRun } from "../../lib/gate/judge_run.ts";
import { honestDevices, wasAtRest } from "../../lib/gate/trust.ts";
import { Pace, walkFor } from "../../lib/gate/walk.ts";
import { parseMountInfo } from "../../lib/process/mod.ts";
import { hasTool, testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { Lab, later, RUN } from "./lab.ts";

testWith(["links"], "auditTree ends in a tree whose links form a loop", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  Deno.mkdirSync(`${run}/sub`);
  Deno.symlinkSync("..", `${run}/sub/up`);
  Deno.symlinkSync(".", lab.at("CONFOCAL_01/Cortex/Runs/Run_loop"));
  const { findings, runs } = await gatherAudit(auditTree(lab.root));
  assert.equal(runs, 1);
  assert.deepEqual(findings.map((finding) => [finding.rule, finding.matched_token]), [
    ["unsupported_file_type", "Run_loop"],
    ["unsupported_file_type", "up"],
  ]);
});

testWith(["linux"], "auditTree judges pipes and sockets without opening them", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  assert.ok(new Deno.Command("mkfifo", { args: [`${run}/pipe.txt`] }).outputSync().success);
  using _socket = Deno.listen({ transport: "unix", path: `${run}/s.sock` });
  const { findings } = await gatherAudit(auditTree(run));
  assert.deepEqual(findings.map(({ rule, rule_detail }) => [rule, rule_detail.split(":")[0]]), [
    ["unsupported_file_type", "a fifo"],
    ["unsupported_file_type", "a socket"],
  ]);
});

testWith(["linux"], "auditTree tells a path the system refuses and judges the rest", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  await lab.write(`${RUN}/<a>.tif`);
  // Made by stepping down, because no whole path of this length can be named.
  const step = "d".repeat(240);
  const script = `cd "$1" && for i in $(seq 20); do mkdir ${step} && cd ${step} || exit 1; done`;
  const made = new Deno.Command("bash", { args: ["-c", script, "-", run] }).outputSync();
  assert.ok(made.success);
  const result = await gatherAudit(auditTree(lab.root));
  assert.equal(result.problems.length, 1);
  assert.equal(result.problems[0]!.code, "unreadable");
  assert.match(result.problems[0]!.message, /longer than this system takes/);
  assert.deepEqual(result.findings.map((finding) => finding.rule), [
    "unresolved_placeholder_token",
    "path_too_long",
  ]);
});

testWith(["anyNames"], "auditTree walks a path of forty levels", async () => {
  await using lab = await Lab.make();
  await lab.project();
  await lab.run();
  await lab.write(`${RUN}/${"deep/".repeat(40)}<x>`);
  const { findings, problems } = await gatherAudit(auditTree(lab.root));
  assert.deepEqual([findings.length, problems.length], [1, 0]);
});

testWith(["anyNames"], "auditTree tells a folder it may not read and judges the rest", async () => {
  if (hasTool("root")) return; // root reads everything; CI runs this as a user too
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  await lab.write(`${RUN}/closed/x`);
  await lab.write(`${RUN}/<a>`);
  await lab.write(`${RUN}/closed.txt`, "<b>");
  Deno.chmodSync(`${run}/closed`, 0);
  Deno.chmodSync(`${run}/closed.txt`, 0);
  const { findings, problems } = await gatherAudit(auditTree(lab.root));
  Deno.chmodSync(`${run}/closed`, 0o700);
  assert.deepEqual(problems.map(({ path }) => path.slice(run.length)), ["/closed", "/closed.txt"]);
  assert.equal(findings.length, 1);
});

testWith(["anyNames"], "auditTree goes on when a run vanishes during the walk", async () => {
  await using lab = await Lab.make();
  await lab.project();
  for (const leaf of ["Run_1", "Run_2", "Run_3"]) {
    await lab.run(`CONFOCAL_01/Cortex/Runs/${leaf}`);
    await lab.write(`CONFOCAL_01/Cortex/Runs/${leaf}/<x>`);
  }
  const seen: string[] = [];
  const problems: string[] = [];
  for await (const place of auditTree(lab.root)) {
    if (place.kind !== "run") continue;
    if (seen.length === 0) {
      await Deno.remove(lab.at("CONFOCAL_01/Cortex/Runs/Run_2"), { recursive: true });
    }
    seen.push(place.path.slice(-5));
    problems.push(...place.problems.map((problem) => problem.code));
  }
  assert.deepEqual(seen, ["Run_1", "Run_2", "Run_3"]);
  assert.deepEqual(problems, ["vanished"]);
});

Deno.test("auditTree stops as soon as its signal aborts", async () => {
  await using lab = await Lab.make();
  await lab.project();
  await lab.run();
  await lab.run("CONFOCAL_01/Cortex/Runs/Run_2");
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of auditTree(lab.root, { signal: controller.signal })) controller.abort();
  }, { name: "AbortError" });
});

Deno.test("gateVerdict holds a run of which a part could not be judged", async () => {
  await using lab = await Lab.make();
  await lab.project();
  const run = await lab.run();
  const place = await auditOneRun(run);
  const now = later();
  assert.deepEqual(gateVerdict(place.findings, { overrides: [], now }), { kind: "pass" });
  const problems = [{
    path: `${run}/x`,
    code: "unreadable",
    message: "permission denied",
  }] as const;
  const verdict = gateVerdict(place.findings, { overrides: [], now, problems });
  assert.equal(verdict.kind, "blocked");
  assert.match(verdict.kind === "blocked" ? verdict.reason : "", /1 place could not be judged/);
});

Deno.test("wasAtRest trusts no stat that may still change within its own tick", () => {
  const stat = { kind: "file", sizeBytes: 1, mtimeMs: 0, dev: 1, ino: 1 } as const;
  const at = (ctimeMs: number) => wasAtRest({ ...stat, ctimeMs }, 1_000_000);
  assert.equal(at(996_000), true);
  assert.equal(at(998_000), false);
  assert.equal(at(2_000_000), false);
  assert.equal(wasAtRest({ ...stat, ctimeMs: 0, mtimeMs: 999_000 }, 1_000_000), false);
});

Deno.test("honestDevices are the file systems whose folders tell, by their device numbers", () => {
  const text = [
    "22 27 0:21 / /proc rw,relatime - proc proc rw",
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    "30 27 8:257 / /usb rw,relatime shared:2 master:3 - exfat /dev/sdb1 rw",
    "31 27 259:300 / /with\\040space rw - xfs /dev/nvme rw",
    "",
  ].join("\n");
  assert.deepEqual([...honestDevices(parseMountInfo(text))], [65024, 259 * 256 + 44 + 256 * 4096]);
});

testWith(
  ["fuse"],
  "auditTree tells of every folder whose listing fails, and never takes it for empty",
  async () => {
    await using share = await oddShare();
    await using lab = await Lab.make(share.path);
    // What is left of the tree can be listed again, to be removed.
    await using _calm = { [Symbol.asyncDispose]: () => share.set({}) };
    await lab.project();
    const run = await lab.run();
    await lab.write(`${RUN}/sub/<a>.tif`);
    const whole = await gatherAudit(auditTree(lab.root, { roots: [lab.root] }));
    assert.deepEqual(whole.problems, []);
    assert.equal(whole.findings.length, 1);
    // Root, equipment, project, its records, Runs, their records, the run, its records, sub.
    let told = 0;
    for (let nth = 1; nth <= 20; nth++) {
      await share.set({ fails: [{ operation: "readdir", nth, errno: "EIO" }] });
      const { problems, findings } = await gatherAudit(
        auditTree(lab.root, { roots: [lab.root] }),
      );
      if (problems.length === 0) assert.deepEqual(findings, whole.findings, `listing ${nth}`);
      else told++;
    }
    assert.ok(told >= 6, `${told} of the failed listings were told`);
    // What the gate asks before a run goes: the run, its records, and the folders it stands in.
    for (let nth = 1; nth <= 5; nth++) {
      await share.set({ fails: [{ operation: "readdir", nth, errno: "EIO" }] });
      const { problems } = await auditOneRun(run);
      assert.equal(problems.length, 1, `listing ${nth}`);
      assert.equal(problems[0]!.code, "unreadable");
    }
  },
);

Deno.test("auditOneRun rejects with its signal's reason", async () => {
  await using lab = await Lab.make();
  const signal = AbortSignal.abort(new DOMException("enough", "AbortError"));
  await assert.rejects(auditOneRun(await lab.run(), { signal }), /enough/);
});

/** Every pause is due, and is counted. */
class CountingPace extends Pace {
  steps = 0;
  override get isDue(): boolean {
    return true;
  }
  override step(): Promise<void> {
    this.steps++;
    return Promise.resolve();
  }
}

Deno.test("one folder of many texts is judged with pauses, at first and when nothing changed", async () => {
  await using lab = await Lab.make();
  const path = await lab.run();
  for (let n = 0; n < 50; n++) await lab.write(`${RUN}/${n}.txt`, "text");
  const walk = walkFor({ now: later() });
  for (const _ of ["first", "again"]) {
    const pace = new CountingPace(undefined);
    assert.equal((await judgeRun({ path, how: "loose" }, { ...walk, pace })).findings.length, 0);
    assert.ok(pace.steps >= 50, `${pace.steps} pauses for 50 texts`);
  }
});

testWith(
  ["fuse"],
  "auditOneRun of a share that hangs says so, and holds nobody meanwhile",
  async () => {
    await using share = await oddShare();
    await using lab = await Lab.make(share.path);
    await lab.project();
    const run = await lab.run();
    await lab.write(`${RUN}/sub/notes.txt`);
    assert.deepEqual((await auditOneRun(run)).problems, []);
    share.hang();
    let turns = 0;
    const turning = setInterval(() => turns++, 5);
    await assert.rejects(
      () => auditOneRun(run, { answerMs: 300 }),
      /the share has not answered/,
    );
    clearInterval(turning);
    assert.ok(turns > 3, `the event loop had ${turns} turns`);
    share.on();
    assert.deepEqual((await auditOneRun(run)).problems, []);
  },
);
