import assert from "node:assert/strict";
import {
  addNote,
  forkReport,
  mergeReports,
  renameReport,
  setReportStatus,
  tagReport,
} from "../../lib/reports/mod.ts";
import { CLI, testStore } from "./support.ts";

Deno.test("ReportStore.find takes an id, its beginning, or a title", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "CONFOCAL_01 / Cortex" }, CLI);
  await t.store.create({ title: "FLOW_01 / Cortex" }, CLI);
  for (
    const ref of [
      report.id,
      report.id.toUpperCase(),
      report.id.slice(0, 8),
      "confocal_01 / cortex",
      "CONFOCAL",
    ]
  ) {
    assert.equal((await t.store.find(ref)).id, report.id, ref);
  }
  await assert.rejects(t.store.find("Cortex"), {
    code: "ambiguous_report",
    message: /fits 2 reports: .*CONFOCAL_01.*FLOW_01|fits 2 reports: .*FLOW_01.*CONFOCAL_01/,
  });
  for (const ref of ["", "nothing", "../../etc", "%"]) {
    await assert.rejects(t.store.find(ref), { code: "unknown_report" });
  }
});

Deno.test("ReportStore.find prefers a whole title to a part of others", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  await t.store.create({ title: "Cortex, second part" }, CLI);
  assert.equal((await t.store.find("Cortex")).id, report.id);
});

Deno.test("ReportStore.list goes by status and tag", async () => {
  await using t = await testStore();
  const a = await t.store.create({ title: "a" }, CLI);
  const b = await t.store.create({ title: "b" }, CLI);
  await a.change(tagReport({ add: ["mouse"] }), CLI);
  await b.change(setReportStatus("archived"), CLI);
  const titles = async (filter: Parameters<typeof t.store.list>[0]) =>
    (await t.store.list(filter)).entries.map(({ current_title }) => current_title).sort();
  assert.deepEqual(await titles({}), ["a", "b"]);
  assert.deepEqual(await titles({ tag: "mouse" }), ["a"]);
  assert.deepEqual(await titles({ status: "archived" }), ["b"]);
});

Deno.test("ReportStore.list sets a corrupt index aside and makes it anew", async () => {
  await using t = await testStore();
  await t.store.create({ title: "a" }, CLI);
  const garbage = "\u0000not an index\n";
  await Deno.writeTextFile(t.store.index.path, garbage);
  const { entries, notices } = await t.store.list();
  assert.deepEqual(entries.map(({ current_title }) => current_title), ["a"]);
  assert.match(notices[0]!, /line 1 is no entry/);
  const aside = Array.from(Deno.readDirSync(t.store.root), ({ name }) => name)
    .find((name) => name.startsWith("index.jsonl.damaged-"))!;
  assert.equal(await Deno.readTextFile(`${t.store.root}/${aside}`), garbage);
});

Deno.test("ReportStore.list does not believe an index that lies", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "true" }, CLI);
  const hidden = await t.store.create({ title: "hidden" }, CLI);
  const line = (await Deno.readTextFile(t.store.index.path)).split("\n")
    .find((text) => text.includes(report.id))!;
  // One report is missing, one is invented, and one has an old title (a crash before step 5).
  const invented = line.replaceAll(report.id, crypto.randomUUID());
  await Deno.writeTextFile(t.store.index.path, `${line}\n${invented}\n`);
  const titles = async () =>
    (await t.store.list()).entries.map(({ current_title }) => current_title).sort();
  assert.deepEqual(await titles(), ["hidden", "true"]);
  const stale = await Deno.readFile(t.store.index.path);
  await hidden.change(renameReport("found"), CLI);
  await Deno.writeFile(t.store.index.path, stale);
  await Deno.utime(t.store.index.path, new Date(0), new Date(0));
  assert.deepEqual(await titles(), ["found", "true"]);
  await Deno.remove(t.store.index.path);
  assert.deepEqual(await titles(), ["found", "true"]);
});

Deno.test("ReportStore.create keeps the fields of an index entry to the other program's", async () => {
  await using t = await testStore();
  await t.store.create({ title: "a" }, CLI);
  const entry = JSON.parse(await Deno.readTextFile(t.store.index.path));
  assert.deepEqual(Object.keys(entry), [
    "report_id",
    "current_title",
    "created_at",
    "updated_at",
    "tags",
    "status",
    "path",
  ]);
});

Deno.test("forkReport makes a copy that goes its own way and tells where it came from", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  await report.change(addNote({ text: "seen", author: "Ada" }), CLI);
  const fork = await forkReport(t.store, report, { ...CLI, title: "Cortex for the paper" });
  await fork.change(addNote({ text: "only here", author: "Bo" }), CLI);
  assert.equal((await report.read()).outline.insights.length, 1);
  assert.equal((await fork.read()).outline.insights.length, 2);
  const { event } = (await Array.fromAsync(fork.history()))[0]!;
  assert.equal(event!.action_type, "fork");
  assert.deepEqual(
    (event!.payload["forked_from"] as { chain: unknown }).chain,
    await report.chainHead(),
  );
});

Deno.test("mergeReports brings all sections of several together, copies of one included", async () => {
  await using t = await testStore();
  const a = await t.store.create({ title: "a" }, CLI);
  await a.change(addNote({ text: "seen", author: "Ada" }), CLI);
  const b = await forkReport(t.store, a, { ...CLI, title: "b" });
  const merged = await mergeReports(t.store, [a, b], { ...CLI, title: "both" });
  const { outline } = await merged.read();
  assert.deepEqual(outline.sections.map(({ title }) => title), ["a: Notes", "b: Notes"]);
  assert.equal(new Set(outline.insights.map(({ insight_id }) => insight_id)).size, 2);
  await assert.rejects(mergeReports(t.store, [a, a], { ...CLI, title: "x" }), { code: "usage" });
});
