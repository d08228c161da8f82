/** What an instrument states of its files: understood, compared in one reading, and held when it is not so. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { addOverride } from "../../lib/gate/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { type OriginKind, originKindOf, statedHashes } from "../../lib/sync/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import {
  hasArrived,
  jobOf,
  runDir,
  SENTINEL,
  SOON,
  untilProven,
  write,
} from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { openBench } from "./bench.ts";

const ALL: readonly OriginKind[] = ["minknow", "spikeglx", "sidecars"];
const of = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

function stated(path: string, text: string): string[] {
  const kind = originKindOf(path, ALL);
  if (kind === null) return [];
  return [...statedHashes(path, { text, kind })].map((one) =>
    `${one.path} ${one.algorithm} ${one.hash.slice(0, 6)} ${one.sizeBytes ?? "-"}`
  );
}

Deno.test("statedHashes understands each kind of file", () => {
  const [sha256, sha1, md5] = [of("sha256", "a"), of("sha1", "a"), of("md5", "a")];
  const csv = `runid,file_hash,file_path,"a, comment"\nx,${sha256},fastq_pass/a.fastq.gz,""\n` +
    `x,,pod5/b.pod5,\nx,${sha256},"sub/c,d.bam","say ""x"""\r\n`;
  assert.deepEqual(stated("output_hash_FA1_2_3.csv", csv), [
    `fastq_pass/a.fastq.gz sha256 ${sha256.slice(0, 6)} -`,
    `sub/c,d.bam sha256 ${sha256.slice(0, 6)} -`,
  ]);
  const meta = `fileSizeBytes=8\nfileSHA1=${sha1.toUpperCase()}\nother=1\n`;
  assert.deepEqual(stated("p_imec0/p.ap.meta", meta), [
    `p_imec0/p.ap.bin sha1 ${sha1.slice(0, 6)} 8`,
  ]);
  const sums = `${md5}  a.raw\n${md5} *b c.raw\nMD5 (d.raw) = ${md5}\n${md5}  ./e.raw\n`;
  assert.deepEqual(
    stated("sub/all.md5", sums).map((line) => line.split(" md5")[0]),
    ["sub/a.raw", "sub/b c.raw", "sub/d.raw", "sub/e.raw"],
  );
  assert.deepEqual(stated("a.raw.sha256", `${sha256}\n`), [`a.raw sha256 ${sha256.slice(0, 6)} -`]);
  assert.equal(originKindOf("a.md5", ["minknow"]), null);
});

Deno.test("statedHashes takes nothing from what leads out of the run or is no hash", () => {
  const md5 = of("md5", "a");
  const names = ["../up", "/etc/passwd", "C:\\x", "a/../../b", "a//b", "a\0b", "\\\\nas\\x", "."];
  const lines = names.map((name) => `${md5}  ${name}`);
  const odd = [`${md5}`.slice(1) + "  short", "zz  no hash", "x".repeat(1e6), "", "\0\0\0"];
  assert.deepEqual(stated("all.md5", [...lines, ...odd].join("\n")), []);
  assert.deepEqual(stated("output_hash_x.csv", "no,such,columns\n1,2,3\n"), []);
  assert.deepEqual(stated("output_hash_x.csv", ""), []);
  assert.deepEqual(stated("p.meta", "fileSHA1=\nfileSizeBytes=-1\n"), []);
  // A line that would make a careless expression slow.
  const start = performance.now();
  stated("output_hash_x.csv", `file_hash,file_path\n${'"'.repeat(8_000)}\n`.repeat(200));
  assert.ok(performance.now() - start < 20_000);
});

const BIN = "spikes ".repeat(1_000);

function files(ofBin = BIN): Record<string, string> {
  return {
    "p.ap.bin": BIN,
    "p.ap.meta": `fileSizeBytes=${BIN.length}\nfileSHA1=${of("sha1", ofBin)}\n`,
    "a.fastq": "reads",
    "output_hash_1.csv": `file_hash,file_path\n${of("sha256", "reads")},a.fastq\n`,
    "b.raw": "scans",
    "b.raw.md5": `${of("md5", "scans")}  b.raw\n`,
    "c.raw": "of this nothing is stated",
  };
}

for (const type of ["mount", "rsync_ssh"] as const) {
  testWith(
    type === "mount" ? [] : ["rsync", "sshd"],
    `one reading compares what is stated: ${type}`,
    async () => {
      await using sshd = type === "rsync_ssh" ? await startSshd() : undefined;
      await using bench = await openBench({
        equipment: { PLATE_01: type },
        ...(sshd ? { sshd } : {}),
      });
      const run = await bench.lab.makeRun(files());
      bench.enqueue(run);
      let hashed = 0;
      const { pool } = bench.context;
      const hashFiles: typeof pool.hashFiles = async function* (items, options) {
        for await (const outcome of pool.hashFiles(items, options)) {
          if (outcome.item.path.startsWith(run)) hashed++;
          yield outcome;
        }
      };
      const counting = new Proxy(pool, {
        get(_, name) {
          if (name === "hashFiles") return hashFiles;
          const value = Reflect.get(pool, name, pool);
          return typeof value === "function" ? value.bind(pool) : value;
        },
      });
      const origin = new Map([["PLATE_01", ALL]]);
      const job = await bench.deliver(run, {
        context: { ...bench.context, origin, pool: counting },
      });
      assert.equal(job.state, "verified", JSON.stringify(job.lastError));
      assert.deepEqual(job.verification?.origin, { matched: 3, differs: 0, not_stated: 4 });
      // A mount hashes what it copies; rsync's files are hashed beside the push, each once.
      assert.equal(hashed, type === "mount" ? 0 : 7);
      const { labferry } = await readCreation(recordPath(run, RECORD_FILES.creation));
      assert.deepEqual(labferry?.origin, { matched: 3, differs: 0, not_stated: 4 });
    },
  );
}

Deno.test("a difference holds the run before it is called safe, until a person lets it pass", async () => {
  await using lab = await openLab({
    signals: { PLATE_01: [...SENTINEL, "origin: [spikeglx, sidecars]"] },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  for (const [name, text] of Object.entries(files("other spikes"))) await write(run, name, text);
  await write(run, "done.flag", "");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(async () => (await jobOf(daemon, run))?.hold === "gate", { what: "the gate" });
  const held = (await jobOf(daemon, run))!;
  assert.match(held.hold_reason ?? "", /1 hard finding \(origin_differs\)/);
  assert.equal(held.verify_passes, 0);
  assert.equal(await isThere(join(lab.farRun(run), "p.ap.bin")), true);
  // The audit that looks at all held runs lets it go no sooner.
  const audits = async () => (await daemon.control.problems()).audited_at;
  for (let i = 0; i < 2; i++) {
    const before = await audits();
    // Whatever is noticed makes it walk.
    await write(runDir(lab, "PLATE_01", "Run_2026-04-18T09-00"), `${i}.dat`, "of another run");
    await until(async () => await audits() !== before, { what: "another audit" });
  }
  const events = await daemon.control.history(held.id);
  assert.equal(events.filter(({ kind }) => kind === "held").length, 1);
  assert.equal((await jobOf(daemon, run))!.hold, "gate");
  assert.equal(await hasArrived(lab, run), false);
  await addOverride(run, {
    class: "origin_differs",
    operator: "rosa",
    reason: "the header was mended by hand",
  });
  await untilProven(daemon, run);
  await assertProven(lab.farRun(run));
  const { verification } = (await jobOf(daemon, run))!;
  assert.deepEqual(verification?.origin, { matched: 1, differs: 1, not_stated: 6 });
});
