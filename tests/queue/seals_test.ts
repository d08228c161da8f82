import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import type { Queue, SealRound } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import {
  commit,
  hashOf,
  newJob,
  openQueue,
  passed,
  pathsOf,
  PLACE,
  prove,
  sealedRun,
  seen,
  settle,
  taking,
  toVerified,
  walked,
} from "./support.ts";

const AGAIN = { reason: "changed_after_seal", sealedBy: "test" };

const coded = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;
const fileOf = async (queue: Queue, jobId: string, path: string) =>
  (await Array.fromAsync(queue.files(jobId).list())).find((file) => file.path === path)!;
const differing = (round: SealRound) => Array.fromAsync(round.statDiffers, ({ seen }) => seen.path);
const altered = (round: SealRound) => Array.fromAsync(round.altered, ({ seen }) => seen.path);

Deno.test("SealRound.commit seals a run for the first time as generation 1", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  using round = await queue.seals.begin(job.id);
  await round.see([seen("a.tif", { sizeBytes: 11 }), seen("b/10.tif", { mtimeMs: -1.5 })]);
  await round.see([seen("b/2.tif")]);
  round.emptyDirectory("z");
  round.emptyDirectory("c/empty");
  assert.deepEqual(await pathsOf(queue.files(job.id).list()), [], "it is not sealed yet");
  assert.deepEqual(await round.end(), {
    seen: 3,
    seenBytes: 211,
    added: 3,
    statDiffers: 0,
    altered: 0,
    goneProven: 0,
    goneUnproven: 0,
    needsGeneration: true,
  });
  const sealed = await commit(round, {
    options: { reason: "sealed", sealedBy: "service", evidence: { quiet: 30 } },
    queue,
  });
  assert.deepEqual([sealed.state, sealed.generation, sealed.files, sealed.bytes], [
    "queued",
    1,
    3,
    211,
  ]);
  assert.ok(sealed.sealedAt);
  assert.deepEqual(await pathsOf(queue.files(job.id).list()), ["a.tif", "b/10.tif", "b/2.tif"]);
  assert.deepEqual(await fileOf(queue, job.id, "b/10.tif"), {
    ...seen("b/10.tif", { mtimeMs: -1.5 }),
    generation: 1,
    sha256: null,
    sent: false,
    farSha256: null,
    farPass: null,
    result: null,
    provenSha256: null,
    localMissing: false,
    ours: false,
  });
  assert.deepEqual(await Array.fromAsync(queue.files(job.id).emptyDirs()), ["c/empty", "z"]);
  assert.deepEqual(
    queue.jobs.generations(job.id).map((it) => [it.generation, it.reason, it.evidence]),
    [
      [1, "sealed", { quiet: 30 }],
    ],
  );
  assert.equal(queue.timeline.of(job.id).at(-1)?.kind, "sealed");
});

Deno.test("SealRound.commit refuses a run without data", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  using round = await queue.seals.begin(job.id);
  round.emptyDirectory("empty");
  await assert.rejects(() => commit(round, { options: AGAIN, queue }), coded("nothing_to_seal"));
  assert.deepEqual(queue.jobs.byId(job.id), job);
});

Deno.test("SealRound sees new, touched, altered and gone files apart", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["altered", "gone", "same", "touched"]);
  await prove(queue, job.id);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([
    seen("same"),
    seen("new"),
    seen("touched", { mtimeMs: 5 }),
    seen("altered", { sizeBytes: 101 }),
  ]));
  assert.deepEqual(await differing(round), ["altered", "touched"]);
  assert.equal((await Array.fromAsync(round.statDiffers))[1]!.known.sha256, hashOf("touched"));
  await settle(round, ["touched"]);
  assert.deepEqual(await altered(round), ["altered"]);
  assert.deepEqual(await differing(round), ["altered", "touched"]);
  const { added, statDiffers, altered: changed, goneProven, goneUnproven } = await round.end();
  assert.deepEqual([added, statDiffers, changed, goneProven, goneUnproven], [1, 2, 1, 1, 0]);
});

Deno.test("SealRound.commit makes the next generation of exactly what changed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["altered", "gone", "same", "touched"]);
  await prove(queue, job.id);
  const verified = toVerified(queue, job);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([
    seen("same"),
    seen("new"),
    seen("touched", { ctimeS: 5 }),
    seen("altered", { sizeBytes: 101 }),
  ]));
  round.setHashes([
    { path: "touched", sha256: hashOf("touched") },
    { path: "altered", sha256: hashOf("other bytes") },
  ]);
  const next = await commit(round, { options: AGAIN, queue });
  assert.deepEqual(next, {
    ...verified,
    state: "queued",
    generation: 2,
    files: 5,
    bytes: 501,
    verifyPasses: 0,
    verifiedAt: null,
    sealedAt: next.sealedAt,
    updatedAt: next.updatedAt,
  });
  const rows = await Array.fromAsync(queue.files(job.id).list(), (file) => [
    file.path,
    file.generation,
    file.sha256,
    file.sent,
    file.result,
    file.provenSha256,
    file.localMissing,
  ]);
  assert.deepEqual(rows, [
    ["altered", 2, hashOf("other bytes"), false, null, hashOf("altered"), false],
    ["gone", 1, hashOf("gone"), true, "matched", hashOf("gone"), true],
    ["new", 2, null, false, null, null, false],
    ["same", 1, hashOf("same"), true, "matched", hashOf("same"), false],
    ["touched", 1, hashOf("touched"), true, "matched", hashOf("touched"), false],
  ]);
  assert.equal((await fileOf(queue, job.id, "touched")).ctimeS, 5);
  assert.deepEqual(await pathsOf(queue.files(job.id).list("unsent")), ["altered", "new"]);
  assert.deepEqual((await fileOf(queue, job.id, "altered")).ours, true);
  assert.deepEqual((await fileOf(queue, job.id, "new")).ours, false);
  assert.deepEqual(queue.timeline.of(job.id).at(-1)?.detail, {
    reason: "changed_after_seal",
    sealedBy: "test",
    files: 5,
    bytes: 501,
    added: 1,
    altered: 1,
    goneProven: 1,
    goneUnproven: 0,
  });
});

Deno.test("SealRound.commit drops a file that is gone and was never proven", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a")]));
  assert.equal((await round.end()).goneUnproven, 1);
  const next = await commit(round, { options: AGAIN, queue });
  assert.deepEqual([next.state, next.generation, next.files], ["running", 2, 1]);
  assert.deepEqual(await pathsOf(queue.files(job.id).list()), ["a"]);
});

Deno.test("SealRound.commit leaves a retry its time and a failed run its failure", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const lastError = { code: "unknown", message: "something" };
  const nextAttemptAt = "2099-01-01T00:00:00.000Z";
  for (const change of [{ state: "failed" }, { state: "queued", nextAttemptAt }] as const) {
    const job = await sealedRun(queue, `Run_${change.state}`, ["a"]);
    const before = queue.jobs.transition(job, {
      change: { ...change, lastError },
      event: { kind: "put_back" },
    })!;
    using round = await queue.seals.begin(job.id);
    await round.see(walked([seen("a"), seen("b")]));
    const after = await commit(round, { options: AGAIN, queue });
    assert.deepEqual(
      [after.state, after.generation, after.nextAttemptAt, after.lastError],
      [before.state, 2, before.nextAttemptAt, lastError],
    );
  }
});

Deno.test("SealRound.commit gives a gone file back its proven hash, unless its new bytes were sent", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["kept", "sent", "unsent"]);
  await prove(queue, job.id);
  {
    using round = await queue.seals.begin(job.id);
    await round.see(walked(["kept", "sent", "unsent"].map((path) => seen(path, { sizeBytes: 7 }))));
    round.setHashes(
      ["kept", "sent", "unsent"].map((path) => ({ path, sha256: hashOf(`${path}2`) })),
    );
    await commit(round, { options: AGAIN, queue });
  }
  queue.files(job.id).setSent(["sent"]);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("kept", { sizeBytes: 7 })]));
  // Older bytes of both were proven, but not these: they are lost, and nobody may overlook it.
  assert.deepEqual([(await round.end()).goneProven, (await round.end()).goneUnproven], [0, 2]);
  await assert.rejects(() => round.unchanged(), coded("seal_changed"));
  await commit(round, { options: AGAIN, queue });
  assert.equal((await fileOf(queue, job.id, "sent")).sha256, hashOf("sent2"));
  assert.equal((await fileOf(queue, job.id, "unsent")).sha256, hashOf("unsent"));
  assert.deepEqual(await pathsOf(queue.files(job.id).list("localMissing")), ["sent", "unsent"]);
});

Deno.test("SealRound keeps empty folders of a proven run that are gone here, and forgets those of one that is not", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const folders = (jobId: string) => Array.fromAsync(queue.files(jobId).emptyDirs());
  const walk = async (jobId: string, { files, empty }: { files: string[]; empty: string[] }) => {
    const round = await queue.seals.begin(jobId);
    await round.see(walked(files.map((path) => seen(path))));
    for (const path of empty) round.emptyDirectory(path);
    await round.end();
    return round;
  };
  const unproven = await sealedRun(queue, "Run_1", ["a"]);
  for (const empty of [["e", "f"], ["f"]]) {
    using round = await walk(unproven.id, { files: ["a"], empty });
    await round.unchanged();
  }
  assert.deepEqual(await folders(unproven.id), ["f"]);

  const job = await sealedRun(queue, "Run_2", ["a", "b"]);
  await prove(queue, job.id);
  toVerified(queue, job);
  for (const empty of [["e", "f"], []]) {
    using round = await walk(job.id, { files: empty.length > 0 ? ["a", "b"] : [], empty });
    await round.unchanged();
  }
  assert.deepEqual(await folders(job.id), ["e", "f"], "they went with the local copy");
  // New data in it: what is not here says nothing, but that a file has the name now does.
  using round = await walk(job.id, { files: ["e", "new"], empty: ["g"] });
  await commit(round, { options: AGAIN, queue });
  assert.deepEqual(await folders(job.id), ["f", "g"]);
});

Deno.test("SealRound.unchanged takes over stats and marks proven files that are gone", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
  await prove(queue, job.id);
  const verified = toVerified(queue, job);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a"), seen("b", { mtimeMs: 9 })]));
  round.emptyDirectory("newly empty");
  await settle(round, ["b"]);
  assert.deepEqual(await round.unchanged(), verified);
  assert.equal((await fileOf(queue, job.id, "b")).mtimeMs, 9);
  assert.equal((await fileOf(queue, job.id, "b")).sent, true);
  assert.deepEqual(await pathsOf(queue.files(job.id).list("localMissing")), ["c"]);
  assert.deepEqual(await Array.fromAsync(queue.files(job.id).emptyDirs()), ["newly empty"]);
  assert.equal(queue.timeline.of(job.id).at(-1)?.kind, "local_missing");
});

Deno.test("SealRound compares a file that is back by its bytes, not by its stat", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  await prove(queue, job.id);
  {
    using round = await queue.seals.begin(job.id);
    await round.see(walked([seen("a")]));
    await round.unchanged();
  }
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a"), seen("b")]));
  assert.deepEqual(await altered(round), ["b"]);
  await settle(round, ["b"]);
  await round.unchanged();
  assert.deepEqual(await pathsOf(queue.files(job.id).list("present")), ["a", "b"]);
});

Deno.test("SealRound.unchanged refuses a run that is not as it was sealed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  for (const walk of [["a"], ["a", "b", "c"]]) {
    using round = await queue.seals.begin(job.id);
    await round.see(walk.map((path) => seen(path)));
    await assert.rejects(() => round.unchanged(), coded("seal_changed"));
  }
  const { job: unsealed } = queue.jobs.enqueue(newJob("Run_2"));
  using round = await queue.seals.begin(unsealed.id);
  await assert.rejects(() => round.unchanged(), coded("seal_changed"));
  assert.deepEqual(await pathsOf(queue.files(job.id).list()), ["a", "b"]);
});

Deno.test("SealRound cannot settle a file whose hash was never known", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a", { mtimeMs: 3 })]));
  await settle(round, ["a"]);
  assert.deepEqual(await altered(round), ["a"]);
  assert.equal((await round.end()).needsGeneration, true);
});

Deno.test("SealRound.setHashes refuses the hash of a file that changed after the walk", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  await prove(queue, job.id);
  using round = await queue.seals.begin(job.id);
  const walk = seen("a", { mtimeMs: 3 });
  await round.see([walk]);
  round.setHashes([{ path: "a", sha256: hashOf("a"), stat: seen("a", { mtimeMs: 4 }) }]);
  assert.deepEqual(await altered(round), ["a"]);
  round.setHashes([{ path: "a", sha256: hashOf("a"), stat: walk }]);
  assert.deepEqual(await altered(round), []);
});

Deno.test("SealRound of an overtaken walk can do nothing more", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  using old = await queue.seals.begin(job.id);
  await old.see([seen("a"), seen("b")]);
  {
    using round = await queue.seals.begin(job.id);
    await round.see(walked([seen("a")]));
    await assert.rejects(() => old.see([seen("c")]), coded("seal_overtaken"));
    await assert.rejects(() => commit(old, { options: AGAIN, queue }), coded("seal_overtaken"));
    old[Symbol.dispose]();
    await round.unchanged();
  }
  await assert.rejects(() => old.unchanged(), coded("seal_overtaken"));
  assert.equal(queue.jobs.byId(job.id)?.generation, 1);
});

Deno.test("SealRound refuses a job whose generation was moved under it", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a"), seen("b")]));
  queue.jobs.transition(job, { change: { generation: 2 }, event: { kind: "sealed" } });
  await assert.rejects(() => commit(round, { options: AGAIN, queue }), coded("seal_overtaken"));
  assert.deepEqual(await pathsOf(queue.files(job.id).list()), ["a"]);
});

Deno.test("SealRound that is disposed of leaves no trace", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  {
    using round = await queue.seals.begin(job.id);
    await round.see(walked([seen("b")]));
  }
  using round = await queue.seals.begin(job.id);
  assert.equal((await round.end()).seen, 0);
  assert.deepEqual(queue.jobs.byId(job.id), job);
});

Deno.test("SealRound.commit abandons the pass of the generation before", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  const pass = queue.passes.begin(job, PLACE);
  using round = await queue.seals.begin(job.id);
  await round.see(walked([seen("a"), seen("b")]));
  await commit(round, { options: AGAIN, queue });
  assert.equal(queue.passes.of(job.id)[0]?.outcome, "abandoned");
  assert.throws(() => queue.passes.record(pass, []), coded("pass_closed"));
  assert.throws(() => queue.passes.begin(job, PLACE), coded("pass_overtaken"));
});

Deno.test("Queue.sealFromManifest gives a rebuilt, cleaned run its list, and no proof", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const at = "2026-01-01T00:00:00.000Z";
  const { job } = queue.jobs.enqueue(
    newJob("Run_1", { cleaned: { deletionStartedAt: at, scrubDueAt: at } }),
  );
  const listed = ["a", "b"].map((path) => ({ path, sizeBytes: 5, sha256: hashOf(path) }));
  const manifest = {
    files: listed,
    options: { reason: "rebuilt", sealedBy: "queue rebuild" },
    take: taking(queue),
  };
  const sealed = queue.seals.fromManifest(job.id, manifest);
  assert.deepEqual([sealed.state, sealed.files, sealed.bytes, sealed.verifyPasses], [
    "cleaned",
    2,
    10,
    0,
  ]);
  assert.deepEqual(await pathsOf(queue.files(job.id).list("localMissing")), ["a", "b"]);
  assert.equal((await fileOf(queue, job.id, "a")).provenSha256, null);
  const pass = queue.passes.begin(sealed, PLACE);
  queue.passes.record(pass, listed);
  assert.equal((await passed(queue, pass)).matched, 2);
  assert.throws(() => queue.seals.fromManifest(job.id, manifest), coded("seal_overtaken"));
});
