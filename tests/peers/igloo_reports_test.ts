/** igloo-mcp's documented store, without its lock library, and ours on the same reports. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  addInsight,
  addNote,
  renameReport,
  type Report,
  ReportStore,
} from "../../lib/reports/mod.ts";
import { CLI, testStore } from "../reports/support.ts";
import { testWith } from "../support/needs.ts";

const STORE = fileURLToPath(new URL("./igloo_store.py", import.meta.url));

async function igloo(command: string, report: Report, ...more: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: [STORE, command, report.folder.path, ...more],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function reportOf(store: ReportStore): Promise<Report> {
  const report = await store.create({ title: "Cortex" }, CLI);
  await report.change(addNote({ text: "seen", author: "Ada" }), CLI);
  return report;
}

testWith(["python"], "a program that locks by the existence of .lock gets its turn", async () => {
  await using t = await testStore();
  const report = await reportOf(t.store);
  await report.read();
  await report.verify();
  assert.equal(await igloo("evolve", report, "theirs"), "done");
  await assert.rejects(Deno.lstat(report.folder.lockPath), Deno.errors.NotFound);
});

testWith(["python"], "a program that locks by existence is kept out during a change", async () => {
  await using t = await testStore();
  const report = await reportOf(t.store);
  const said: string[] = [];
  const busy = new ReportStore(t.store.root, {
    afterStep: async (step) => {
      if (step === "recorded") said.push(await igloo("evolve", report, "in between"));
    },
  });
  await (await busy.report(report.id)).change(renameReport("Cortex Q3"), CLI);
  assert.deepEqual(said, ["refused"]);
  const { insights } = (await report.read()).outline;
  assert.ok(!insights.some(({ summary }) => summary === "in between"));
});

testWith(
  ["python"],
  "Report.change among many of ours loses nothing to removed lock files",
  async () => {
    await using t = await testStore();
    const report = await t.store.create({ title: "shared" }, CLI);
    const stores = Array.from({ length: 6 }, () => new ReportStore(t.store.root));
    await Promise.all(stores.map(async (store, n) => {
      const mine = await store.report(report.id);
      for (let i = 0; i < 10; i++) await mine.change(addInsight({ summary: `${n}-${i}` }), CLI);
    }));
    const { outline } = await report.read();
    assert.equal(outline.insights.length, 60);
    assert.equal(outline.outline_version, 61);
    assert.deepEqual((await report.verify()).breaks, []);
  },
);

testWith(
  ["python"],
  "Report.verify notes what another program has just changed and told",
  async () => {
    await using t = await testStore();
    const report = await reportOf(t.store);
    for (const [command, argument] of [["evolve", "more"], ["tag", "confocal"]] as const) {
      await igloo(command, report, argument);
      const { ok, breaks, notes } = await report.verify();
      assert.ok(ok, JSON.stringify(breaks));
      assert.match(notes.join("\n"), /another program changed the outline and told of it/);
      await report.read();
      assert.ok((await report.verify()).ok, "covered by the opening");
    }
    const [first] = Array.from(Deno.readDirSync(report.folder.backupsDir), ({ name }) => name)
      .sort();
    await igloo("revert", report, first!);
    assert.ok((await report.verify()).ok);
    await report.read();
    assert.ok((await report.verify()).ok);
  },
);

testWith(["python"], "Report.verify takes what another program made from ours", async () => {
  await using t = await testStore();
  const report = await reportOf(t.store);
  for (const command of ["fork", "synthesize"]) {
    const id = crypto.randomUUID();
    await igloo(command, report, id);
    const made = await t.store.report(id);
    const before = await made.verify();
    assert.deepEqual(before.breaks, [], command);
    await made.change(renameReport("ours now"), CLI);
    const after = await made.verify();
    assert.deepEqual(after.breaks, [], command);
    if (command === "fork") assert.match(after.notes.join("\n"), /were copied from report/);
    // A fork of the fork carries both histories.
    const again = crypto.randomUUID();
    await igloo("fork", made, again);
    assert.deepEqual((await (await t.store.report(again)).verify()).breaks, []);
  }
});

testWith(
  ["python"],
  "Report.verify still finds lines of another report that no fork explains",
  async () => {
    await using t = await testStore();
    const [mine, other] = [await reportOf(t.store), await reportOf(t.store)];
    await Deno.copyFile(other.folder.auditFile, mine.folder.auditFile);
    const { breaks } = await mine.verify();
    assert.match(breaks[0]!.what, /line 1: it belongs to report/);
    // Nor does a fork that names a third one.
    const id = crypto.randomUUID();
    await igloo("fork", mine, id);
    assert.equal((await (await t.store.report(id)).verify()).ok, false);
  },
);

testWith(["python"], "Report.verify still finds an outline changed in silence", async () => {
  await using t = await testStore();
  const report = await reportOf(t.store);
  await igloo("evolve", report, "told");
  await report.read();
  const text = await Deno.readTextFile(report.folder.outlineFile);
  await Deno.writeTextFile(report.folder.outlineFile, text.replace("told", "tolt"));
  assert.equal((await report.verify()).breaks[0]?.where, "outline");
});
