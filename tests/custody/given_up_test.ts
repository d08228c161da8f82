/** A run whose only copy is damaged: what is said of it, and the way out for whoever has no other copy. */
import assert from "node:assert/strict";
import { dataOf, FILES, labWithGoneRun } from "./gone_run.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { labferry } from "../support/lab_programs.ts";
import { until } from "../support/until.ts";

const CONSENT = ["--accept-missing", "--operator", "Ada", "--reason", "the snapshot is gone too"];

Deno.test("labferry retry --accept-missing lets a run that was let go go on without what is lost over there", async () => {
  const { lab, run, far } = await labWithGoneRun();
  await using _lab = lab;
  await Deno.remove(`${far}/a.dat`);
  const early = await labferry(lab, ["retry", run, ...CONSENT]);
  assert.deepEqual([early.code, /has not failed for lost files/.test(early.stderr)], [1, true]);

  const damaged = await labferry(lab, ["verify", run]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /let go: 1 file \("a\.dat"\)\n +hint: .*--accept-missing/);
  const retried = await labferry(lab, ["retry", run]);
  assert.equal(retried.code, 1);
  assert.match(retried.stderr, /no copy of this run here.*1 file.*\n +hint: .*--accept-missing/);
  assert.doesNotMatch((await labferry(lab, ["status", run])).stdout, /^proof.*last/m);

  // What is whole is brought back first, as the advice says; what is lost stays so.
  const restored = await labferry(lab, ["restore", run]);
  assert.equal(restored.code, 1);
  const why = await labferry(lab, ["why", run]);
  assert.match(
    why.stdout,
    /damaged: 1 file \("a\.dat"\)\.\nIts local copy was let go\.\nOf its files 3 are/,
  );
  // Asked for by its name, it says the same way out as the alarm does: one that works.
  const asked = await labferry(lab, ["enqueue", run]);
  assert.match(asked.stderr, /a\.dat.*\n +hint: .*--accept-missing/);

  const accepted = await labferry(lab, ["retry", run, ...CONSENT]);
  assert.equal(accepted.code, 0, accepted.stderr);
  const before = (await labferry(lab, ["status", run, "--json"])).json();
  assert.ok(before.alarm !== null && before.state === "queued", "red until a pass has agreed");
  const waited = await labferry(lab, ["enqueue", run, "--wait", "--json"]);
  assert.equal(waited.code, 0, waited.stdout);
  const job = waited.json();
  assert.deepEqual([job.state, job.alarm, job.generation, job.files], ["verified", null, 2, 3]);
  const { left_out } = job.verification.account;
  assert.deepEqual([left_out.names, left_out.operator], [["a.dat"], "Ada"]);
  await assertProven(far);
  assert.deepEqual(await dataOf(run), Object.keys(FILES).filter((name) => name !== "a.dat").sort());
  assert.match((await labferry(lab, ["history", run])).stdout, /without lost files.*Ada.*"a\.dat"/);
});

Deno.test("a word for fewer files than are lost is refused with all their names, and the alarm stays", async () => {
  const { lab, run, far } = await labWithGoneRun();
  await using _lab = lab;
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  assert.equal((await labferry(lab, ["verify", run])).code, 1);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const { id } = await daemon.control.job(run);
    const word = { operator: "Ada", reason: "r", shown: "0".repeat(64) };
    await assert.rejects(daemon.control.retry(id, { acceptMissing: word }), /Other files are lost/);
    assert.equal((await daemon.control.job(run)).alarm?.files, 1);
  }
  // Nothing of it is anywhere: not the whole of a run can be given up.
  await Deno.remove(far, { recursive: true });
  assert.equal((await labferry(lab, ["verify", run])).code, 1);
  const whole = await labferry(lab, ["retry", run, ...CONSENT]);
  assert.equal(whole.code, 1);
  assert.match(whole.stderr, /Not the whole of a run can be given up/);
});

Deno.test("a damaged run of which a part was brought back is one run that needs a person, and no second one", async () => {
  const { lab, run, far } = await labWithGoneRun(FILES, [], {
    syncYaml: "scan_seconds: 1, settle_seconds: 1",
  });
  await using _lab = lab;
  await Deno.remove(`${far}/a.dat`);
  assert.equal((await labferry(lab, ["verify", run])).code, 1);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const brought = await daemon.control.restore(run, {});
  assert.equal(brought.missing.count, 1);
  // The scanner sees files in it, and looks whether they are news.
  await until(() => {
    const row = queue.seen.of(run);
    return row?.phase === "taken" && row.files === 3;
  }, {
    what: () => `the scanner to have looked at it: ${JSON.stringify(queue.seen.of(run))}`,
  });
  const { acquiring, alarmed } = await daemon.control.status();
  assert.deepEqual([acquiring, alarmed], [[], 1]);
});
