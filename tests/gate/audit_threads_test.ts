import assert from "node:assert/strict";
import { AuditThreads, auditTree, gatherAudit } from "../../lib/gate/mod.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { Lab, later } from "./lab.ts";

async function labOf(runs: number): Promise<Lab> {
  const lab = await Lab.make();
  await lab.project("CONFOCAL_01/<p>");
  for (let n = 0; n < runs; n++) {
    await lab.run(`CONFOCAL_01/<p>/Runs/Run_${n}`);
    await lab.write(`CONFOCAL_01/<p>/Runs/Run_${n}/<x>`);
    await lab.write(`CONFOCAL_01/<p>/Runs/Run_${n}/notes.txt`, "<y>");
  }
  return lab;
}

Deno.test("AuditThreads finds what auditTree finds, with any number of threads", async () => {
  await using lab = await labOf(7);
  const alone = await gatherAudit(auditTree(lab.root));
  for (const threads of [1, 3]) {
    using crew = new AuditThreads({ threads });
    for (let round = 0; round < 2; round++) {
      const { findings, runs } = await gatherAudit(crew.audit(lab.root));
      assert.deepEqual(findings, alone.findings);
      assert.equal(runs, 7);
    }
    const run = lab.at("CONFOCAL_01/<p>/Runs/Run_3");
    const one = await gatherAudit(crew.audit(run));
    assert.deepEqual(one.findings, (await gatherAudit(auditTree(run))).findings);
    assert.equal(one.runs, 1);
  }
});

Deno.test("AuditThreads sends more places than may wait for a slow receiver", async () => {
  await using lab = await Lab.make();
  await lab.project();
  for (let n = 0; n < 400; n++) {
    Deno.mkdirSync(lab.at(`CONFOCAL_01/Cortex/Runs/Run_${n}`), { recursive: true });
  }
  using crew = new AuditThreads();
  let runs = 0;
  for await (const place of crew.audit(lab.root)) {
    if (place.kind === "run") runs++;
    if (runs % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.equal(runs, 400);
});

Deno.test("AuditThreads rejects as auditTree does, and goes on with the next audit", async () => {
  await using lab = await labOf(1);
  using crew = new AuditThreads();
  await assert.rejects(gatherAudit(crew.audit(lab.at("nowhere"))), { code: "not_found" });
  assert.equal((await gatherAudit(crew.audit(lab.root))).runs, 1);
});

Deno.test("AuditThreads stops when its signal aborts or nobody listens any more", async () => {
  await using lab = await labOf(3);
  using crew = new AuditThreads({ threads: 2 });
  const controller = new AbortController();
  await assert.rejects(async () => {
    const { signal } = controller;
    for await (const _ of crew.audit(lab.root, { signal })) controller.abort();
  }, { name: "AbortError" });
  for await (const _ of crew.audit(lab.root)) break;
  assert.equal((await gatherAudit(crew.audit(lab.root))).runs, 3);
});

Deno.test("AuditThreads does audits that are asked for together one after the other", async () => {
  await using lab = await labOf(2);
  using crew = new AuditThreads();
  const results = await Promise.all([1, 2, 3].map(() => gatherAudit(crew.audit(lab.root))));
  assert.deepEqual(results.map(({ runs }) => runs), [2, 2, 2]);
});

Deno.test("AuditThreads ends an audit under way when it is closed", async () => {
  await using lab = await labOf(2);
  const crew = new AuditThreads();
  const audit = gatherAudit(crew.audit(lab.root));
  crew[Symbol.dispose]();
  await assert.rejects(audit, { code: "thread_lost" });
  await assert.rejects(gatherAudit(crew.audit(lab.root)), { code: "thread_lost" });
});

testWith(
  ["linux"],
  "AuditThreads keeps its caches over a restart and survives a bad one",
  async () => {
    await using lab = await labOf(3);
    await using state = await tempDir();
    const options = { threads: 2, cacheDir: state.path };
    const audit = async () => {
      using crew = new AuditThreads(options);
      const { findings } = await gatherAudit(crew.audit(lab.root, { now: later() }));
      return findings.map((finding) => finding.matched_token);
    };
    const expected = ["<p>", "<x>", "<x>", "<x>", "<y>", "<y>", "<y>"];
    assert.deepEqual(await audit(), expected);
    const files = [...Deno.readDirSync(state.path)].map(({ name }) => name).sort();
    assert.deepEqual(files, ["audit_cache.1of2.jsonl", "audit_cache.2of2.jsonl"]);
    for (const file of files) {
      const text = await Deno.readTextFile(state.join(file));
      await Deno.writeTextFile(state.join(file), text.replaceAll('"<y>"', '"<kept>"'));
    }
    const kept = expected.map((token) => token === "<y>" ? "<kept>" : token);
    assert.deepEqual(await audit(), kept);
    await Deno.writeTextFile(state.join(files[0]!), "nonsense\n");
    await Deno.remove(state.join(files[1]!));
    assert.deepEqual(await audit(), expected);
  },
);
