/** Letting go of real runs: real files, real queue, real transport, and a clock that the test turns. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LabferryError } from "../../lib/base/mod.ts";
import { type CleaningWork, gatherFacts, letGo, mayDelete } from "../../lib/custody/mod.ts";
import type { JobMoves } from "../../lib/jobs/mod.ts";
import type { DiskPool, FileHash, FileOutcome, HashItem } from "../../lib/disk/mod.ts";
import {
  isInterrupted,
  parseCertificate,
  parseOutcome,
  RECORD_FILES,
  recordPath,
} from "../../lib/records/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { assertProven, assertSameRun, syncStatus } from "../support/far_proof.ts";
import { assertDeletionSigned } from "../support/how_to_verify.ts";
import { type FarCall, watched, type Watcher } from "../sync/watched_transport.ts";
import { overSsh } from "../sync/over_ssh.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { testWith } from "../support/needs.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { type Transport, TransportError } from "../../lib/transports/mod.ts";
import { type AgedBench, openAgedBench, POLICY } from "./aged_bench.ts";

const FILES = { "a.dat": "alpha", "deep/b.dat": "beta", "deep/er/c.dat": "gamma" };

interface Custody extends AgedBench {
  watch(watcher: Watcher): void;
  letGo(run: string, more?: Partial<CleaningWork>): ReturnType<typeof letGo>;
  provenTwice(): ReturnType<AgedBench["provenTwice"]>;
  localData(run: string): Promise<string[]>;
}

async function openCustody(
  make: (lab: string) => Transport | null = () => null,
): Promise<Custody> {
  let watcher: Watcher = () => {};
  const bench = await openAgedBench({
    // Another way to the very same folder.
    wrap: (transport) => watched(make(transport.address) ?? transport, (call) => watcher(call)),
  });
  const { provenTwice } = bench;
  const work = (more: Partial<CleaningWork> = {}): CleaningWork => ({
    ...bench.work("PLATE_01"),
    policy: POLICY,
    ...more,
  });
  return Object.assign(bench, {
    watch: (to: Watcher) => void (watcher = to),
    letGo: (run: string, more?: Partial<CleaningWork>) => letGo(bench.job(run), work(more)),
    provenTwice: () => provenTwice(FILES),
    localData: async (run: string) =>
      (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/")),
  });
}

function assertSigned(custody: Custody, run: string): Promise<void> {
  return assertDeletionSigned(custody.lab.farBase("PLATE_01"), custody.job(run).farDir);
}

Deno.test("letGo deletes what was proven, under a certificate that both sides have", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  const outcome = await custody.letGo(run);
  assert.deepEqual(outcome, {
    kind: "cleaned",
    job: custody.job(run),
    files: 3,
    bytes: 14,
    recordsStay: null,
  });
  assert.equal(custody.job(run).state, "cleaned");
  assert.deepEqual(await custody.localData(run), []);
  // What the move asks for is the dispatcher's to perform: the record here.
  assert.deepEqual(custody.effects.slice(-2).map(({ type }) => type), ["record_status", "tell"]);
  assert.equal(await syncStatus(far), "synced");
  await assertProven(far);
  const paths = [run, far].map((folder) => recordPath(folder, RECORD_FILES.certificate));
  const [here, there] = await Promise.all(paths.map((path) => Deno.readFile(path)));
  assert.deepEqual(here, there);
  const certificate = parseCertificate(here!, "certificate");
  assert.equal(certificate.intent, "delete the local copy");
  assert.deepEqual([certificate.files, certificate.bytes, certificate.generation], [3, 14, 1]);
  assert.equal(certificate.interlocks.length, 6);
  assert.ok(certificate.interlocks.every(({ holds }) => holds));
  const ends = await Promise.all(
    [run, far].map((folder) => Deno.readFile(recordPath(folder, RECORD_FILES.outcome))),
  );
  assert.deepEqual(ends[0], ends[1]);
  const ended = parseOutcome(ends[0]!, "outcome");
  assert.deepEqual([ended.files, ended.bytes, ended.already_gone, ended.left_here], [3, 14, 0, []]);
  assert.equal(isInterrupted(here!, ended), false);
  const told = custody.kinds(run);
  assert.deepEqual(told.slice(-3), ["cleanup_eligible", "deletion_begun", "cleaned"]);
  await assertSigned(custody, run);
});

testWith(["links"], "letGo leaves newcomers and links, and names them in the outcome", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  await Deno.symlink("/etc/hostname", `${run}/deep/link`);
  custody.watch(async ({ op, args }) => {
    // After the last look of the run and before the first file goes.
    const names = op === "putFiles" ? [...(args[1] as Map<string, unknown>).keys()] : [];
    if (names.includes(RECORD_FILES.certificate)) {
      await Deno.writeTextFile(`${run}/deep/new.dat`, "came late");
    }
  });
  const outcome = await custody.letGo(run);
  assert.equal(outcome.kind, "cleaned");
  assert.equal(await Deno.readTextFile(`${run}/deep/new.dat`), "came late");
  assert.ok((await Deno.lstat(`${run}/deep/link`)).isSymlink);
  const ended = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
  assert.deepEqual(ended.left_here, ["deep"]);
});

/** What is done to a run that could go, beside what `interlocks_test.ts` does; nothing is deleted then. */
const KEEPING: readonly (readonly [
  string,
  (places: { readonly run: string; readonly far: string }) => Promise<void> | void,
  Partial<CleaningWork>?,
])[] = [
  ["not enabled", () => {}, { policy: { ...POLICY, enabled: false } }],
  ["a far file damaged", ({ far }) => Deno.writeTextFile(`${far}/deep/b.dat`, "BETA")],
  ["a far file gone", ({ far }) => Deno.remove(`${far}/a.dat`)],
  [
    "a local file changed",
    ({ run }) => Deno.writeTextFile(`${run}/a.dat`, "more", { append: true }),
  ],
  ["a new local file", ({ run }) => Deno.writeTextFile(`${run}/new.dat`, "new")],
];

for (const [what, spoil, more] of KEEPING) {
  Deno.test(`letGo deletes nothing: ${what}`, async () => {
    await using custody = await openCustody();
    const { run, far } = await custody.provenTwice();
    await spoil({ run, far });
    const before = await custody.localData(run);
    const outcome = await custody.letGo(run, more);
    assert.equal(outcome.kind, "kept");
    assert.deepEqual(await custody.localData(run), before);
    assert.equal(custody.job(run).deletionStartedAt, null);
    assert.notEqual(custody.job(run).state, "cleanup_eligible");
    await assert.rejects(
      Deno.stat(recordPath(far, RECORD_FILES.certificate)),
      Deno.errors.NotFound,
    );
  });
}

Deno.test("letGo finds rot here: nothing is deleted, the run needs a person, and the proof stands", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  await rot(`${run}/a.dat`, custody);
  await assert.rejects(custody.letGo(run), { code: "local_copy_damaged" });
  assert.equal(custody.job(run).state, "failed");
  assert.equal(custody.job(run).lastError?.code, "local_copy_damaged");
  assert.ok(custody.job(run).verifiedAt);
  assert.equal((await custody.localData(run)).length, 3);
  await assertProven(far);
});

/** Other bytes under the same stat, as a disk makes them by itself. */
async function rot(path: string, custody: Custody): Promise<void> {
  const { mtime, ino, size } = await Deno.stat(path);
  await Deno.writeTextFile(path, "X".repeat(size));
  await Deno.utime(path, mtime!, mtime!);
  assert.equal((await Deno.stat(path)).ino, ino);
  // A disk leaves no change time behind; here a statement takes it back.
  const ctimeS = Math.floor((await Deno.stat(path)).ctime!.getTime() / 1000);
  const database = new DatabaseSync(custody.lab.stateDir.queueFile);
  const set = database.prepare("UPDATE files SET ctime_s = ? WHERE path = ?");
  assert.equal(set.run(ctimeS, basename(path)).changes, 1);
  database.close();
}

/** A disk of which `read` says how the whole run is read, once it is. */
function poolOf(
  custody: Custody,
  read: (outcomes: () => AsyncGenerator<Outcome>) => AsyncGenerator<Outcome>,
): DiskPool {
  const { pool } = custody.context;
  const hashFiles: DiskPool["hashFiles"] = async function* (items, options) {
    const all = await Array.fromAsync(items);
    const plain = () => pool.hashFiles(all, options);
    yield* (all.length < 3 ? plain() : read(plain as never)) as ReturnType<typeof plain>;
  };
  return new Proxy(pool, {
    get: (target, name) => {
      if (name === "hashFiles") return hashFiles;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

type Outcome = FileOutcome<HashItem & { readonly relative?: string }, FileHash>;

Deno.test("letGo tells of rot here also when the same look found damage over there", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  await Deno.writeTextFile(`${far}/deep/b.dat`, "BETA");
  await rot(`${run}/a.dat`, custody);
  // The far copy is through first, and the run has failed for it when the rot is met.
  const pool = poolOf(custody, async function* (outcomes) {
    await until(() => custody.job(run).state === "failed", { what: "the far damage to be told" });
    yield* outcomes();
  });
  const context = { ...custody.context, pool };
  await assert.rejects(custody.letGo(run, { context }), { code: "local_copy_damaged" });
  const { state, lastError } = custody.job(run);
  assert.deepEqual([state, lastError?.code], ["failed", "local_copy_damaged"]);
  assert.match(lastError!.message, /a\.dat[^]*The far copy is not what was sent[^]*b\.dat/);
  const told = custody.queue.timeline.last(custody.job(run).id, ["failed"]);
  assert.match(String(told?.detail["message"]), /a\.dat[^]*b\.dat/);
  assert.equal((await custody.localData(run)).length, 3);
});

Deno.test("letGo tells of a local file that it cannot read, once, and lets go when it can", async () => {
  await using custody = await openCustody();
  const { run } = await custody.provenTwice();
  const pool = poolOf(custody, async function* (outcomes) {
    for await (const outcome of outcomes()) {
      if (!outcome.item.path.endsWith("b.dat")) yield outcome;
      else {
        const error = new LabferryError("source_unreadable", "the disk gives errors", {
          path: outcome.item.path,
        });
        yield { ok: false, item: outcome.item, error };
      }
    }
  });
  const context = { ...custody.context, pool };
  const told: boolean[] = [];
  const offer: JobMoves["offer"] = (job, event) => {
    if (event.type === "kept_after_all") told.push(event.isTold ?? false);
    return custody.moves.offer(job, event);
  };
  const moves = new Proxy(custody.moves, {
    get: (target, name) => {
      if (name === "offer") return offer;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  for (let look = 0; look < 3; look++) {
    await assert.rejects(custody.letGo(run, { context, moves }), { code: "source_unreadable" });
    const { state, lastError } = custody.job(run);
    assert.deepEqual([state, lastError?.code], ["verified", "source_unreadable"]);
    assert.match(lastError!.message, /b\.dat/);
    assert.equal((await custody.localData(run)).length, 3);
  }
  assert.deepEqual(told, [false, true, true]);
  const facts = await gatherFacts(custody.job(run), {
    ...{ context, destination: custody.work("PLATE_01").destination, policy: POLICY },
    signal: new AbortController().signal,
  });
  const verdict = mayDelete(facts);
  assert.equal(verdict.mayDelete, false);
  const { stand, sentence } = verdict.interlocks.find(({ name }) => name === "local_files")!;
  assert.equal(stand, "waits");
  assert.match(sentence, /did not come to its end: .*b\.dat/);
  assert.equal((await custody.letGo(run)).kind, "cleaned");
  assert.equal(custody.job(run).lastError, null);
});

Deno.test("letGo counts nothing over there when the destination is another", async () => {
  await using custody = await openCustody();
  const { run } = await custody.provenTwice();
  const mark = `${custody.lab.farBase("PLATE_01")}/.labferry-destination.json`;
  const text = await Deno.readTextFile(mark);
  await Deno.writeTextFile(mark, text.replace(/"uuid": "[0-9a-f]{8}/, '"uuid": "00000000'));
  await assert.rejects(custody.letGo(run));
  assert.equal((await custody.localData(run)).length, 3);
  assert.equal(custody.job(run).state, "verified");
});

/** Every far call of a deletion, and every name it deletes, is a place to be killed at. */
Deno.test("letGo killed at any far call, then begun again, comes to the same end", async () => {
  let calls = 0;
  {
    await using custody = await openCustody();
    const { run } = await custody.provenTwice();
    custody.watch(() => void calls++);
    assert.equal((await custody.letGo(run)).kind, "cleaned");
  }
  assert.ok(calls > 8, `${calls} far calls`);
  for (let at = 0; at < calls; at++) {
    await using custody = await openCustody();
    const { run, far } = await custody.provenTwice();
    const stop = new AbortController();
    let call = 0;
    custody.watch((_: FarCall) => {
      if (call++ !== at) return;
      stop.abort(new DOMException("killed", "AbortError"));
      throw stop.signal.reason;
    });
    await assert.rejects(custody.letGo(run, { signal: stop.signal }), { name: "AbortError" });
    custody.watch(() => {});
    const outcome = await custody.letGo(run);
    assert.equal(outcome.kind, "cleaned", `call ${at}`);
    assert.deepEqual(await custody.localData(run), []);
    await assertProven(far);
    const certificate = await Deno.readFile(recordPath(far, RECORD_FILES.certificate));
    const ended = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
    assert.equal(isInterrupted(certificate, ended), false, `call ${at}`);
    assert.deepEqual([ended.files, ended.bytes], [3, 14], `call ${at}`);
    await assertSigned(custody, run);
  }
});

testWith(
  ["unix"],
  "letGo stopped in the middle of the files keeps the reason, and goes on later",
  async () => {
    await using custody = await openCustody();
    const { run, far } = await custody.provenTwice();
    await Deno.chmod(`${run}/deep/er`, 0o555);
    const asRoot = Deno.uid() === 0;
    if (asRoot) {
      // Root may delete anything: the file that is not what it was stops it instead.
      await Deno.chmod(`${run}/deep/er`, 0o755);
      custody.watch(async ({ op, args }) => {
        const names = op === "putFiles" ? [...(args[1] as Map<string, unknown>).keys()] : [];
        if (names.includes(RECORD_FILES.certificate)) {
          await Deno.utime(`${run}/deep/er/c.dat`, 1, 1);
        }
      });
    }
    await assert.rejects(custody.letGo(run), { code: "deletion_stopped" });
    const job = custody.job(run);
    assert.equal(job.state, "cleanup_eligible");
    assert.equal(job.lastError?.code, "deletion_stopped");
    assert.ok(job.nextAttemptAt);
    assert.deepEqual(await custody.localData(run), ["deep/er/c.dat"]);
    custody.watch(() => {});
    if (!asRoot) await Deno.chmod(`${run}/deep/er`, 0o755);
    assert.equal((await custody.letGo(run)).kind, "cleaned");
    assert.equal(custody.job(run).lastError, null);
    await assertProven(far);
    const ended = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
    assert.equal(ended.files, 3);
  },
);

Deno.test("a cleaned run is compared again, also without its folder; damage is an alarm beside the state", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  await custody.letGo(run);
  const work = custody.work("PLATE_01");
  const passes = custody.job(run).verifyPasses;
  assert.equal((await verifyAgain(custody.job(run), work)).verifyPasses, passes + 1);
  await Deno.remove(run, { recursive: true });
  const again = await verifyAgain(custody.job(run), work);
  assert.deepEqual([again.state, again.verifyPasses, again.alarm], ["cleaned", passes + 2, null]);
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  const alarmed = await verifyAgain(again, work);
  assert.deepEqual([alarmed.state, alarmed.alarm?.code, alarmed.alarm?.files], [
    "cleaned",
    "far_copy_damaged",
    1,
  ]);
  assert.deepEqual(alarmed.verification?.mismatched, ["a.dat"]);
  await Deno.writeTextFile(`${far}/a.dat`, "alpha");
  assert.equal((await verifyAgain(alarmed, work)).alarm, null);
  await assert.rejects(Deno.stat(run), Deno.errors.NotFound);
  await assertProven(far);
});

Deno.test("new data in a cleaned run is sent, and what was let go stays in the manifest", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  await custody.letGo(run);
  await Deno.writeTextFile(`${run}/late.dat`, "late");
  await custody.seal(run);
  assert.deepEqual([custody.job(run).state, custody.job(run).deletionStartedAt], ["queued", null]);
  const done = await custody.deliver(run);
  assert.deepEqual([done.state, done.files], ["verified", 4]);
  await assertProven(far);
  const manifest = await Deno.readTextFile(recordPath(far, RECORD_FILES.checksums));
  assert.deepEqual(manifest.trim().split("\n").length, 4);
  await assert.rejects(assertSameRun(run, far));
});

Deno.test("letGo with retain_cache: false takes the records too, and keeps one that differs over there", async () => {
  await using custody = await openCustody();
  for (const differs of [false, true]) {
    const { run, far } = await custody.provenTwice();
    await Deno.writeTextFile(recordPath(run, "notes.txt"), "a note");
    custody.watch(async ({ op, args }) => {
      const names = op === "getFiles" ? args[1] as readonly string[] : [];
      if (differs && names.includes("notes.txt") && custody.job(run).state === "cleaned") {
        await Deno.writeTextFile(recordPath(far, "notes.txt"), "somebody else's");
      }
    });
    assert.equal((await custody.letGo(run, { retainCache: false })).kind, "cleaned");
    custody.watch(() => {});
    if (differs) assert.deepEqual(await filesBelow(run), [".exlab-wizard/notes.txt"]);
    else await assert.rejects(Deno.stat(run), Deno.errors.NotFound);
    await assertProven(far);
    assert.ok(
      parseCertificate(await Deno.readFile(recordPath(far, RECORD_FILES.certificate)), "c"),
    );
    const again = await verifyAgain(custody.job(run), custody.work("PLATE_01"));
    assert.deepEqual([again.state, again.alarm], ["cleaned", null]);
  }
});

Deno.test("letGo with retain_cache: false says of records that could not go what is true", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  const logged: string[] = [];
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  custody.watch(({ op }) => {
    if (op === "getFiles" && custody.job(run).state === "cleaned") {
      throw new TransportError("unreachable", "The NAS has just gone");
    }
    return Promise.resolve();
  });
  const context = { ...custody.context, log };
  const outcome = await custody.letGo(run, { retainCache: false, context });
  assert.ok(outcome.kind === "cleaned");
  assert.match(outcome.recordsStay ?? "", /The NAS has just gone/);
  assert.deepEqual(
    (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/")),
    [],
  );
  const told = logged.filter((line) => line.includes("records stay here"));
  assert.equal(told.length, 1, logged.join("\n"));
  assert.ok(!logged.some((line) => line.includes("local copy is kept")), logged.join("\n"));
  const [last] = custody.context.queue.timeline.of(custody.job(run).id).toReversed();
  assert.deepEqual([last?.kind, last?.detail["code"]], ["records_stay", "unreachable"]);
  custody.watch(() => {});
  await assertProven(far);
});

for (const kind of ["rsync_ssh", "rclone"] as const) {
  testWith(
    kind === "rclone" ? ["rclone"] : ["rsync", "sshd"],
    `letGo over ${kind} deletes what was proven, and finds a far bit that flipped`,
    async () => {
      await using sshd = kind === "rsync_ssh" ? await startSshd() : null;
      const way = (address: string) =>
        sshd ? overSsh(sshd, address) : new RcloneTransport({ remote: `:local:${address}` });
      await using custody = await openCustody(way);
      const { run, far } = await custody.provenTwice();
      const text = await Deno.readTextFile(`${far}/deep/b.dat`);
      await Deno.writeTextFile(`${far}/deep/b.dat`, "BETA");
      assert.equal((await custody.letGo(run)).kind, "kept");
      assert.equal(custody.job(run).lastError?.code, "far_copy_damaged");
      assert.equal((await custody.localData(run)).length, 3);
      await Deno.writeTextFile(`${far}/deep/b.dat`, text);
      const other = await custody.provenTwice();
      const outcome = await custody.letGo(other.run);
      assert.deepEqual([outcome.kind, custody.job(other.run).state], ["cleaned", "cleaned"]);
      assert.deepEqual(await custody.localData(other.run), []);
      await assertProven(other.far);
      await assertSigned(custody, other.run);
    },
  );
}

Deno.test("letGo that goes on replaces nothing that somebody put under its records' names over there", async () => {
  await using custody = await openCustody();
  const { run, far } = await custody.provenTwice();
  const stop = new AbortController();
  // Stopped when the last file is gone and the outcome is about to be put.
  custody.watch(({ op, args }) => {
    const names = op === "putFiles" ? [...(args[1] as Map<string, unknown>).keys()] : [];
    if (!names.includes(RECORD_FILES.outcome)) return;
    stop.abort(new DOMException("killed", "AbortError"));
    throw stop.signal.reason;
  });
  await assert.rejects(custody.letGo(run, { signal: stop.signal }), { name: "AbortError" });
  custody.watch(() => {});
  for (const name of [RECORD_FILES.certificate, RECORD_FILES.outcome]) {
    await Deno.writeTextFile(recordPath(far, name), `somebody else's ${name}`);
  }
  assert.equal((await custody.letGo(run)).kind, "cleaned");
  const certificate = await Deno.readFile(recordPath(far, RECORD_FILES.certificate));
  const outcome = parseOutcome(await Deno.readFile(recordPath(far, RECORD_FILES.outcome)), "o");
  assert.equal(isInterrupted(certificate, outcome), false);
  await assertSigned(custody, run);
  const aside = `${custody.lab.farBase("PLATE_01")}/.labferry-superseded`;
  const kept = await Promise.all(
    (await filesBelow(aside)).map((path) => Deno.readTextFile(`${aside}/${path}`)),
  );
  for (const name of [RECORD_FILES.certificate, RECORD_FILES.outcome]) {
    assert.ok(kept.includes(`somebody else's ${name}`), `${name} of somebody else is gone`);
  }
});

for (const which of ["certificate", "outcome"] as const) {
  Deno.test(`letGo replaces no ${which} that was put there after the look`, async () => {
    await using custody = await openCustody();
    const { run, far } = await custody.provenTwice();
    const name = RECORD_FILES[which];
    let isPut = false;
    custody.watch(async ({ op, args }) => {
      if (op !== "putFiles" || !(args[1] as Map<string, unknown>).has(name)) return;
      isPut = true;
      await Deno.writeTextFile(recordPath(far, name), "somebody else's");
    });
    assert.equal((await custody.letGo(run)).kind, "cleaned");
    assert.ok(isPut);
    const ours = await Deno.readFile(recordPath(far, name));
    assert.deepEqual(ours, await Deno.readFile(recordPath(run, name)));
    const aside = `${custody.lab.farBase("PLATE_01")}/.labferry-superseded`;
    const kept = (await filesBelow(aside)).filter((path) => path.endsWith(name));
    const texts = await Promise.all(kept.map((path) => Deno.readTextFile(`${aside}/${path}`)));
    assert.deepEqual(texts, ["somebody else's"]);
  });
}
