/** Histories and reports at the NAS, checked as somebody would who has nothing else. */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/mod.ts";
import { type DrillOutcome, recordDrill } from "../../lib/custody/mod.ts";
import { addNote, ReportStore } from "../../lib/reports/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { type BrokenTrail, brokenTrails, TrailMirror } from "../../lib/trail/mod.ts";
import { segmentName, segmentsOf } from "../../lib/trail/segments.ts";
import { filesBelow } from "../contract/stage.ts";
import { followHowToVerify } from "../support/how_to_verify.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { CLI } from "../reports/support.ts";
import { type Bench, openBench } from "../sync/bench.ts";

const FILES = { "a.dat": "alpha" };

interface Trail extends Bench {
  readonly run: string;
  readonly far: string;
  readonly base: string;
  readonly reports: ReportStore;
  readonly broken: BrokenTrail[];
  readonly warnings: string[];
  /** One round of a mirror that was just started, or more. */
  mirror(wanted?: number): Promise<void>;
}

async function openTrail(): Promise<Trail> {
  const bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await bench.deliver(run);
  const broken: BrokenTrail[] = [];
  const reportsDir = bench.lab.stateDir.reportsDir;
  const warnings: string[] = [];
  const log = (level: string, message: string) => {
    if (level === "warn") warnings.push(message);
  };
  const mirror = async (wanted = 1) => {
    let rounds = 0;
    const faults: unknown[] = [];
    await using service = new TrailMirror({
      log: () => {},
      onFault: (fault) => void faults.push(fault),
      context: { ...bench.context, log },
      destinations: new Map([["PLATE_01", bench.place("PLATE_01")]]),
      dispatcher: {
        lend: (job, act) => act(bench.work(job.equipmentId)),
        breakers: {
          isUp: () => true,
        } as unknown as import("../../lib/sync/mod.ts").Dispatcher["breakers"],
      },
      reportsDir,
      onBroken: (one) => void broken.push(one),
      clock: {
        now: () => new Date(),
        monotonicMs: () => performance.now(),
        sleep: (_ms, signal) => {
          if (++rounds < wanted) return Promise.resolve();
          return new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason));
          });
        },
      },
    });
    service.start();
    await until(() => rounds >= wanted || faults.length > 0, { what: "a round" });
    assert.deepEqual(faults, []);
  };
  return Object.assign(bench, {
    run,
    far: bench.lab.farRun(run),
    base: bench.lab.farBase("PLATE_01"),
    reports: new ReportStore(reportsDir),
    broken,
    warnings,
    mirror,
  });
}

const linesOf = async (path: string) => (await Deno.readTextFile(path)).trimEnd().split("\n");

testWith(
  ["sshd"],
  "a proven run's history is there, signed, and grows by what happens",
  async () => {
    await using trail = await openTrail();
    await trail.mirror();
    const path = `${trail.far}/.exlab-wizard/history.jsonl`;
    const first = await Deno.readTextFile(path);
    const kinds = (await linesOf(path)).map((line) => JSON.parse(line).kind);
    assert.deepEqual(kinds, trail.kinds(trail.run));
    const below = trail.job(trail.run).farDir;
    const good = /^Good "labferry-trail-v1@labferry" signature for labferry@/m;
    assert.match((await followHowToVerify(trail.base, { run: below }))[4], good);
    await verifyAgain(trail.job(trail.run), trail.work("PLATE_01"));
    await trail.mirror();
    const second = await Deno.readTextFile(path);
    assert.ok(second.startsWith(first) && second.length > first.length);
    const answers = await followHowToVerify(trail.base, { run: below });
    assert.match(answers[4], good);
    assert.match(answers[2], /^Good/m);
    await Deno.writeTextFile(path, second.replace("pass_counted", "pass_counteD"));
    assert.doesNotMatch((await followHowToVerify(trail.base, { run: below }))[4], /^Good/m);
    assert.deepEqual(trail.broken, []);
  },
);

testWith(["sshd"], "what is no beginning of ours is set aside, and a person is told", async () => {
  await using trail = await openTrail();
  await trail.mirror();
  const path = `${trail.far}/.exlab-wizard/history.jsonl`;
  const edited = (await Deno.readTextFile(path)).replace('"kind":"claimed"', '"kind":"claimeD"');
  await Deno.writeTextFile(path, edited);
  await verifyAgain(trail.job(trail.run), trail.work("PLATE_01"));
  await trail.mirror();
  assert.equal(trail.broken.length, 1);
  assert.deepEqual(brokenTrails(trail.queue, new Date()), trail.broken);
  const aside = `${trail.base}/${trail.broken[0]!.into}/history.jsonl`;
  assert.equal(await Deno.readTextFile(aside), edited);
  await trail.mirror();
  assert.equal(trail.broken.length, 1);
  assert.deepEqual(
    (await linesOf(path)).map((line) => JSON.parse(line).kind),
    trail.kinds(trail.run),
  );
});

Deno.test("a queue that was made anew leaves the old book, and begins another beside it", async () => {
  await using trail = await openTrail();
  await trail.mirror();
  const folder = `${trail.far}/.exlab-wizard`;
  const old = await Deno.readTextFile(`${folder}/history.jsonl`);
  trail.queue.meta.set("trail:book", "0badcafe");
  await verifyAgain(trail.job(trail.run), trail.work("PLATE_01"));
  await trail.mirror();
  assert.equal(await Deno.readTextFile(`${folder}/history.jsonl`), old);
  assert.equal(
    (await linesOf(`${folder}/history-0badcafe.jsonl`)).length,
    trail.kinds(trail.run).length,
  );
  assert.deepEqual(trail.broken, []);
});

testWith(
  ["sshd"],
  "an instrument's drills stand at its destination, and each line holds by itself",
  async () => {
    await using trail = await openTrail();
    const { stateDir, evidence, host, clock } = trail.context;
    const outcome = { equipment: "PLATE_01", sentence: "all came back" } as unknown as DrillOutcome;
    const record = (equipment: string) =>
      recordDrill({ ...outcome, equipment }, { stateDir, evidence, clock, host });
    for (const equipment of ["PLATE_01", "OTHER_01", "PLATE_01"]) await record(equipment);
    await trail.mirror();
    const folder = `${trail.base}/.labferry-fleet/${host.split(".")[0]!.toLowerCase()}`;
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const name = names.find((one) => /^drills-[0-9a-f]{8}\.tsv$/.test(one))!;
    const lines = await linesOf(`${folder}/${name}`);
    assert.deepEqual(lines.map((line) => JSON.parse(line.split("\t")[0]!).equipment), [
      "PLATE_01",
      "PLATE_01",
    ]);
    const [text, signature] = lines[1]!.split("\t") as [string, string];
    await Deno.writeTextFile(trail.lab.join("drill"), text);
    await Deno.writeFile(trail.lab.join("drill.sig"), Uint8Array.fromBase64(signature));
    const sh = `cat "$BASE"/.labferry-keys/*.signer > signers
    WHO=$(ssh-keygen -Y find-principals -f signers -s drill.sig)
    ssh-keygen -Y verify -f signers -I "$WHO" -n labferry-drill-v1@labferry -s drill.sig < drill`;
    const { stdout, success } = new Deno.Command("sh", {
      args: ["-c", sh],
      cwd: trail.lab.path,
      env: { BASE: trail.base },
    }).outputSync();
    assert.ok(success, new TextDecoder().decode(stdout));
    await record("PLATE_01");
    await trail.mirror();
    assert.equal((await linesOf(`${folder}/${name}`)).length, 3);
    assert.deepEqual(trail.broken, []);
  },
);

Deno.test("what is in the way of one history is said once, and keeps no other waiting", async () => {
  await using trail = await openTrail();
  const other = await trail.lab.makeRun({ "c.dat": "gamma" });
  trail.enqueue(other);
  await trail.deliver(other);
  const { below } = await withReport(trail, { mirrors: false });
  const [first, second] = [trail.far, trail.lab.farRun(other)].map((far) =>
    `${far}/.exlab-wizard/history.jsonl`
  ) as [string, string];
  await Deno.mkdir(first);
  await trail.mirror(3);
  assert.deepEqual(
    (await linesOf(second)).map((line) => JSON.parse(line).kind),
    trail.kinds(other),
  );
  assert.ok((await linesOf(`${trail.base}/${below}/audit.jsonl`)).length > 1);
  assert.equal(trail.warnings.length, 1, trail.warnings.join("\n"));
  assert.match(trail.warnings[0]!, /^The history of .* could not be brought .*history\.jsonl/);
  await Deno.remove(first);
  await trail.mirror();
  assert.deepEqual(
    (await linesOf(first)).map((line) => JSON.parse(line).kind),
    trail.kinds(trail.run),
  );
});

Deno.test("nothing is written where the run's far folder is gone", async () => {
  await using trail = await openTrail();
  await Deno.remove(trail.far, { recursive: true });
  await trail.mirror();
  await assert.rejects(Deno.stat(trail.far), Deno.errors.NotFound);
});

async function withReport(
  trail: Trail,
  { mirrors = true } = {},
): Promise<{ id: string; below: string }> {
  const report = await trail.reports.create({ title: "Cortex" }, CLI);
  for (const text of ["one", "two"]) await report.change(addNote({ text, author: "Ada" }), CLI);
  if (mirrors) await trail.mirror();
  const { id } = report.folder;
  const host = trail.context.host.split(".")[0]!.toLowerCase();
  return { id, below: `.labferry-fleet/${host}/reports/${id}` };
}

testWith(["sshd", "sha256sum"], "a report is there, signed, and follows its changes", async () => {
  await using trail = await openTrail();
  const { id, below } = await withReport(trail);
  const run = trail.job(trail.run).farDir;
  const proves = async () => {
    const answer = (await followHowToVerify(trail.base, { run, report: below }))[5];
    return /^Good/m.test(answer) && answer.includes("as they were signed");
  };
  assert.ok(await proves());
  const before = await linesOf(`${trail.base}/${below}/audit.jsonl`);
  const report = await trail.reports.report(id);
  await report.change(addNote({ text: "three", author: "Ada" }), CLI);
  await trail.mirror();
  assert.ok(await proves());
  const after = await linesOf(`${trail.base}/${below}/audit.jsonl`);
  assert.deepEqual(after.slice(0, before.length), before);
  assert.deepEqual(
    await Deno.readFile(`${trail.base}/${below}/outline.json`),
    await Deno.readFile(report.folder.outlineFile),
  );
  await Deno.writeTextFile(`${trail.base}/${below}/audit.jsonl`, before.join("\n"));
  assert.ok(!await proves());
});

async function script(base: string, ...names: string[]): Promise<{ code: number; said: string }> {
  const page = await Deno.readTextFile(new URL("../../docs/evidence.md", import.meta.url));
  const [, text] = /```sh\n(#!\/bin\/sh\n[\s\S]*?)```/.exec(page)!;
  const { code, stdout, stderr } = await new Deno.Command("env", {
    args: ["-i", "PATH=/usr/bin:/bin", "sh", "-c", text!, "verify.sh", base, ...names],
    stdin: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

testWith(
  ["sshd", "sha256sum"],
  "docs/evidence.md: the script proves a run and a report, or names what differs",
  async () => {
    await using trail = await openTrail();
    const { below } = await withReport(trail);
    const run = trail.job(trail.run).farDir;
    const whole = await script(trail.base, run, below);
    assert.equal(whole.code, 0, whole.said);
    assert.match(
      whole.said,
      /^ok: the chain of 3 entries fits together; its head is [0-9a-f]{64}$/m,
    );
    const audit = `${trail.base}/${below}/audit.jsonl`;
    const text = await Deno.readTextFile(audit);
    await Deno.writeTextFile(audit, text.replace("Ada", "Adb"));
    const changed = await script(trail.base, run, below);
    assert.equal(changed.code, 1);
    assert.match(
      changed.said,
      /^FAILED: line \d of the report's history is not as it was written$/m,
    );
    await Deno.writeTextFile(audit, text);
    await Deno.writeTextFile(`${trail.far}/a.dat`, "alphA");
    const rotten = await script(trail.base, run);
    assert.equal(rotten.code, 1);
    assert.match(rotten.said, /^FAILED: files of .* differ$/m);
  },
);

Deno.test("segmentsOf cuts at lines, and a text that grew has the same beginnings", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${"x".repeat(i)}\n`);
  let before: Uint8Array[] = [];
  for (let most = 1; most <= lines.length; most++) {
    const text = encodeUtf8(lines.slice(0, most).join(""));
    const segments = segmentsOf(text, 100);
    assert.equal(segments.reduce((sum, { length }) => sum + length, 0), text.length);
    for (const segment of segments) assert.ok(segment.length <= 100 && segment.at(-1) === 0x0a);
    for (const [i, old] of before.entries()) {
      const now = segments[i]!;
      if (i < before.length - 1) assert.deepEqual(now, old);
      else assert.deepEqual(now.subarray(0, old.length), old);
    }
    before = segments;
  }
  assert.ok(before.length > 5);
  const names = before.map((_, i) => segmentName("audit.jsonl", i));
  assert.deepEqual([...names].sort(), names);
});

Deno.test("a history whose signature is gone is signed again with its next change", async () => {
  await using trail = await openTrail();
  await trail.mirror();
  const there = await filesBelow(`${trail.far}/.exlab-wizard`);
  assert.ok(there.includes("history.jsonl.sig"));
  // The signature was lost with the kill: the next change signs again.
  await Deno.remove(`${trail.far}/.exlab-wizard/history.jsonl.sig`);
  await verifyAgain(trail.job(trail.run), trail.work("PLATE_01"));
  await trail.mirror();
  assert.ok((await filesBelow(`${trail.far}/.exlab-wizard`)).includes("history.jsonl.sig"));
  assert.deepEqual(trail.broken, []);
});
