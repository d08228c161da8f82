/** What is a change of a run, what is not, and what is a loss. */
import assert from "node:assert/strict";
import { next } from "../../lib/jobs/mod.ts";
import { acceptMissing, lostOf, verifyAgain } from "../../lib/sync/mod.ts";
import { writeFiles } from "../support/lab.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { type Bench, openBench } from "./bench.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta", "deep/c.dat": "gamma" };

async function verifiedRun(bench: Bench, files = FILES): Promise<string> {
  const run = await bench.lab.makeRun(files);
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  return run;
}

/** As `enqueue` does for a run that is verified: looks at it again. */
async function lookAgain(bench: Bench, run: string) {
  return await bench.seal(run);
}

Deno.test("refreshSeal opens a new generation for a new file and counts no pass for it", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  await writeFiles(run, { "new.dat": "new" });
  const { job, changed } = await lookAgain(bench, run);
  assert.equal(changed, true);
  assert.deepEqual(
    [job.state, job.generation, job.verifyPasses, job.verifiedAt],
    ["queued", 2, 0, null],
  );
  assert.equal(bench.queue.jobs.generations(job.id)[1]!.reason, "changed_after_seal");
  assert.deepEqual(
    await Array.fromAsync(bench.queue.files(job.id).list("unsent"), ({ path }) => path),
    [
      "new.dat",
    ],
  );
});

Deno.test("refreshSeal notices other bytes of the same size under the same mtime", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  await until2ndSecond();
  await writeFiles(run, { "b.dat": "BETA" });
  const { job, changed } = await lookAgain(bench, run);
  assert.equal(changed, true);
  assert.deepEqual(
    await Array.fromAsync(bench.queue.files(job.id).list("unsent"), ({ path }) => path),
    [
      "b.dat",
    ],
  );
});

Deno.test("refreshSeal takes a file that was only touched for the same", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  await Deno.utime(`${run}/b.dat`, new Date(), new Date());
  const { job, changed } = await lookAgain(bench, run);
  assert.equal(changed, false);
  assert.deepEqual([job.state, job.generation, job.verifyPasses], ["verified", 1, 1]);
});

Deno.test("refreshSeal does not call our own records data", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  await Deno.writeTextFile(`${run}/.exlab-wizard/notes.txt`, "a record, a log, a lock");
  assert.equal((await lookAgain(bench, run)).changed, false);
});

Deno.test("deliver goes on without a vanished file only when a person says so by name", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  await Deno.remove(`${run}/b.dat`);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.match(failed.lastError!.message, /b\.dat/);
  assert.match(failed.lastError!.hint!, /--accept-missing/);
  assert.equal(await syncStatusAfterEffects(bench, run), "failed");

  for (let i = 0; i < 3; i++) {
    retry(bench, run);
    const again = await bench.deliver(run);
    assert.deepEqual([again.state, again.lastError?.code], ["failed", "source_vanished"]);
  }

  const word = { operator: "asmith", reason: "the camera wrote it twice" };
  await acceptMissing(bench.job(run), word, bench.context);
  retry(bench, run);
  const done = await bench.deliver(run);
  assert.deepEqual([done.state, done.files], ["verified", 2], JSON.stringify(done.lastError));
  assert.deepEqual(done.verification?.account?.left_out, { count: 1, names: ["b.dat"], ...word });
  const record = JSON.parse(await Deno.readTextFile(`${run}/.exlab-wizard/creation.json`));
  const [{ at: _, ...entry }] = record.labferry.left_out;
  assert.deepEqual(entry, {
    generation: 2,
    by: word.operator,
    reason: word.reason,
    names: ["b.dat"],
  });
  await assertProven(bench.lab.farRun(run));
});

Deno.test("deliver takes the word for one lost file as none for the next", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun({ ...FILES, "d.dat": "delta" });
  bench.enqueue(run);
  await sealOnly(bench, run);
  await Deno.remove(`${run}/b.dat`);
  await bench.deliver(run);
  await acceptMissing(bench.job(run), { operator: "asmith", reason: "known" }, bench.context);
  await Deno.remove(`${run}/d.dat`);
  retry(bench, run);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.match(failed.lastError!.message, /2 of 4.*b\.dat, d\.dat/);
});

Deno.test("deliver takes a sealed file under a new name for renamed, not for lost", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  await Deno.rename(`${run}/b.dat`, `${run}/renamed.dat`);
  await Deno.rename(`${run}/deep`, `${run}/deeper`);
  const done = await bench.deliver(run);
  assert.deepEqual([done.state, done.files], ["verified", 3], JSON.stringify(done.lastError));
  await assertProven(bench.lab.farRun(run));
});

Deno.test("deliver takes a new file with a lost one's name no more than its bytes for a rename", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  // Another file that looks the same from outside; the first one's bytes are nowhere any more.
  const { atime, mtime } = await Deno.stat(`${run}/b.dat`);
  await writeFiles(run, { "copy.dat": "BETA" });
  await Deno.utime(`${run}/copy.dat`, atime!, mtime!);
  await Deno.remove(`${run}/b.dat`);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
});

Deno.test("acceptMissing refuses to give up all of a run, or what did not fail for it", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  const word = { operator: "asmith", reason: "known" };
  const refused = { code: "nothing_to_accept" };
  await assert.rejects(acceptMissing(bench.job(run), word, bench.context), refused);
  await sealOnly(bench, run);
  for (const name of Object.keys(FILES)) await Deno.remove(`${run}/${name}`);
  await bench.deliver(run);
  await assert.rejects(acceptMissing(bench.job(run), word, bench.context), refused);
  await assert.rejects(acceptMissing(bench.job(run), { ...word, reason: " " }, bench.context), {
    code: "usage",
  });
});

Deno.test("deliver asks for a word on a file that is gone here and over there, and then goes on", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  await Deno.remove(`${run}/b.dat`);
  await Deno.remove(`${bench.lab.farRun(run)}/b.dat`);
  await writeFiles(run, { "new.dat": "opens a generation" });
  await bench.seal(run);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.match(failed.lastError!.message, /b\.dat/);
  await acceptMissing(bench.job(run), { operator: "asmith", reason: "a bubble" }, bench.context);
  retry(bench, run);
  let done = await bench.deliver(run);
  if (done.state === "queued") done = await bench.deliver(run);
  assert.equal(done.state, "verified", JSON.stringify(done.lastError));
  assert.deepEqual(done.verification?.account?.left_out?.names, ["b.dat"]);
  await assertProven(bench.lab.farRun(run));
});

Deno.test("deliver asks for a word on a file that is gone here and different over there, and then goes on", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun({ ...FILES, "d.dat": "delta", "e.dat": "epsilon" });
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  const far = bench.lab.farRun(run);
  await Deno.remove(`${run}/b.dat`);
  await Deno.remove(`${run}/d.dat`);
  await Deno.writeTextFile(`${far}/b.dat`, "BETA");
  await Deno.remove(`${far}/d.dat`);
  const work = bench.work("PLATE_01");
  const damaged = await verifyAgain(bench.job(run), work);
  assert.deepEqual([damaged.state, damaged.lastError?.code], ["failed", "far_copy_damaged"]);
  const word = { operator: "asmith", reason: "a bubble" };
  // What is lost is not known before both sides were looked at once more; the refusal says how.
  await assert.rejects(acceptMissing(damaged, word, bench.context), {
    code: "nothing_to_accept",
    hint: /labferry retry/,
  });
  retry(bench, run);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.match(
    failed.lastError!.message,
    /2 of 5 files are lost: b\.dat, d\.dat; of these 1 is over there with other bytes: b\.dat/,
  );
  const lost = (await lostOf(failed, bench.queue))!;
  assert.deepEqual([lost.names, lost.differing.names], [["b.dat", "d.dat"], ["b.dat"]]);

  // A word for what was shown is none for another loss, nor for the same names lost otherwise.
  await acceptMissing(failed, { ...word, shown: lost.digest }, bench.context);
  await Deno.remove(`${far}/b.dat`);
  retry(bench, run);
  const other = await bench.deliver(run);
  assert.deepEqual([other.state, other.lastError?.code], ["failed", "source_vanished"]);
  assert.deepEqual((await lostOf(other, bench.queue))!.differing.names, []);
  await assert.rejects(
    acceptMissing(other, { ...word, shown: lost.digest }, bench.context),
    { code: "nothing_to_accept" },
  );

  await Deno.writeTextFile(`${far}/b.dat`, "BETA");
  retry(bench, run);
  const done = await deliverOn(bench, run);
  assert.deepEqual([done.state, done.files], ["verified", 3], JSON.stringify(done.lastError));
  const differing = { count: 1, names: ["b.dat"] };
  assert.deepEqual(done.verification?.account?.left_out, {
    ...{ count: 2, names: ["b.dat", "d.dat"] },
    differing,
    ...word,
  });
  const record = JSON.parse(await Deno.readTextFile(`${run}/.exlab-wizard/creation.json`));
  assert.deepEqual(record.labferry.left_out[0].differing, ["b.dat"]);
  // What stands over there is where it was, and not a byte of it is other.
  assert.equal(await Deno.readTextFile(`${far}/b.dat`), "BETA");
  await assertProven(far);

  // It is no damage any more, however often it is looked at; new damage still is.
  const passed = await verifyAgain(done, work);
  assert.deepEqual([passed.state, passed.verifyPasses], ["verified", 2]);
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  const hurt = await verifyAgain(passed, work);
  assert.deepEqual([hurt.state, hurt.lastError?.code], ["failed", "far_copy_damaged"]);
  assert.deepEqual(hurt.verification?.mismatched, ["a.dat"]);
  retry(bench, run);
  const mended = await deliverOn(bench, run);
  assert.deepEqual([mended.state, mended.verification?.mismatched], ["verified", []]);
  assert.equal(await Deno.readTextFile(`${far}/b.dat`), "BETA");
});

Deno.test("a lost file that is found again is sent, and what stood over there is set aside", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  const far = bench.lab.farRun(run);
  await Deno.remove(`${run}/b.dat`);
  await Deno.writeTextFile(`${far}/b.dat`, "BETA");
  await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  retry(bench, run);
  const failed = await bench.deliver(run);
  await acceptMissing(failed, { operator: "asmith", reason: "a bubble" }, bench.context);
  retry(bench, run);
  assert.equal((await deliverOn(bench, run)).state, "verified");
  await writeFiles(run, { "b.dat": FILES["b.dat"] });
  await bench.seal(run);
  const done = await deliverOn(bench, run);
  assert.deepEqual([done.state, done.files], ["verified", 3], JSON.stringify(done.lastError));
  const { set_aside } = done.verification!.account!;
  assert.equal(set_aside.count > 0 && set_aside.names.includes("b.dat"), true);
  await assertProven(far);
  const kept: string[] = [];
  for (const into of set_aside.into) {
    kept.push(await Deno.readTextFile(`${bench.lab.farBase("PLATE_01")}/${into}/b.dat`));
  }
  assert.ok(kept.includes("BETA"), String(kept));
});

async function deliverOn(bench: Bench, run: string) {
  const job = await bench.deliver(run);
  return job.state === "queued" ? await bench.deliver(run) : job;
}

function retry(bench: Bench, run: string): void {
  const job = bench.job(run);
  const step = next(job, { type: "retry" }, new Date())!;
  bench.queue.jobs.transition(job, { change: step.change, event: step.event });
}

Deno.test("deliver takes a retry for another reason as no word on files that vanish later", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  const error = { code: "destination_conflict", message: "x" } as const;
  for (const event of [{ type: "failed", error, random: 0 }, { type: "retry" }] as const) {
    const job = bench.job(run);
    const step = next(job, event, new Date())!;
    bench.queue.jobs.transition(job, { change: step.change, event: step.event });
  }
  await Deno.remove(`${run}/b.dat`);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.match(failed.lastError!.message, /b\.dat/, "a person must know which");
});

Deno.test("deliver calls a run whose folder is gone vanished, not unknown", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  await Deno.remove(run, { recursive: true });
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
});

Deno.test("deliver judges no run whose root is not there, and goes on when it is back", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  await Deno.rename(bench.lab.dataRoot, `${bench.lab.dataRoot}.unplugged`);
  const waits = await bench.deliver(run);
  assert.deepEqual(
    [waits.state, waits.attempts, waits.lastError?.code],
    ["queued", 0, "root_missing"],
  );
  await Deno.rename(`${bench.lab.dataRoot}.unplugged`, bench.lab.dataRoot);
  assert.equal((await bench.deliver(run)).state, "verified");
});

testWith(["tmpfs"], "deliver judges no run when another disk is in its root's place", async () => {
  await using disk = await smallDisk(4096);
  await using bench = await openBench({ dataRoot: disk.path });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  await sealOnly(bench, run);
  disk.unmount();
  const waits = await bench.deliver(run);
  assert.deepEqual([waits.state, waits.lastError?.code], ["queued", "root_missing"]);
  assert.match(waits.lastError!.message, /another disk/);
});

Deno.test("deliver says what of a file its copy does not have: other names, holes", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  await Deno.link(`${run}/a.dat`, `${run}/again.dat`);
  {
    using file = await Deno.open(`${run}/sparse.dat`, { write: true, create: true });
    await file.truncate(8 * 1024 * 1024);
  }
  bench.enqueue(run);
  const job = await bench.deliver(run);
  const notes = job.verification!.notes.join("\n");
  assert.match(notes, /2 files have other names here \(hard links\)/);
  assert.match(notes, /1 file is sparse or compressed here/);
});

Deno.test("refreshSeal keeps manifest and state when a proven file disappears", async () => {
  await using bench = await openBench();
  const run = await verifiedRun(bench);
  const manifest = `${run}/.exlab-wizard/checksums.sha256`;
  const before = await Deno.readTextFile(manifest);
  await Deno.remove(`${run}/b.dat`);
  const { job, changed } = await lookAgain(bench, run);
  assert.deepEqual([changed, job.state, job.generation, job.files], [false, "verified", 1, 3]);
  assert.deepEqual(
    await Array.fromAsync(bench.queue.files(job.id).list("localMissing"), ({ path }) => path),
    ["b.dat"],
  );
  assert.equal(await Deno.readTextFile(manifest), before);
  assert.ok(bench.kinds(run).includes("local_missing"));
});

testWith(["linux"], "deliver skips links and odd files, and names them", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  await Deno.symlink("/etc/passwd", `${run}/link`);
  await Deno.symlink("deep", `${run}/linked_folder`);
  await fifo(`${run}/pipe`);
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.files], ["verified", 3]);
  assert.deepEqual([...job.verification!.skipped].sort(), ["link", "linked_folder", "pipe"]);
  await assert.rejects(Deno.lstat(`${bench.lab.farRun(run)}/link`), Deno.errors.NotFound);
});

testWith(
  ["linux"],
  "deliver refuses a name that is not UTF-8 before anything is sent",
  async () => {
    await using bench = await openBench();
    const run = await bench.lab.makeRun(FILES);
    await badName(run);
    bench.enqueue(run);
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.lastError?.code], ["failed", "invalid_utf8_name"]);
    await assert.rejects(Deno.lstat(bench.lab.farRun(run)), Deno.errors.NotFound);
  },
);

Deno.test("deliver never seals a run without data, and burns no attempts on it", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun({});
  await Deno.mkdir(`${run}/empty`);
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "nothing_to_seal"]);
  assert.equal(job.sealedAt, null);
});

/** Claims, and stops after the walk, as a crash would. */
async function sealOnly(bench: Bench, run: string): Promise<void> {
  await lookAgain(bench, run);
}

/**
 * ctime has whole seconds: a change within the second of the seal cannot be seen in the stat. The
 * file system's own clock runs some milliseconds behind ours, so a little more is waited for.
 */
async function until2ndSecond(): Promise<void> {
  const safeMs = (Math.floor(Date.now() / 1000) + 1) * 1000 + 100;
  while (Date.now() < safeMs) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The bench performs no effects; the record follows as the dispatcher makes it. */
async function syncStatusAfterEffects(bench: Bench, run: string): Promise<string> {
  const { recordStatusOf, setRecordStatus } = await import("../../lib/sync/mod.ts");
  await setRecordStatus(run, {
    status: recordStatusOf(bench.job(run), bench.context),
    log: bench.context.log,
  });
  return await syncStatus(run);
}

async function fifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success);
}

async function badName(dir: string): Promise<void> {
  const script = `: > "$1/$(printf 'caf\\351.dat')"`;
  const { success } = await new Deno.Command("sh", { args: ["-c", script, "sh", dir] }).output();
  assert.ok(success);
}
