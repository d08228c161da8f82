import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  addNote,
  addSection,
  type AuditEvent,
  renameReport,
  reorderSection,
  setReportStatus,
  tagReport,
} from "../../lib/reports/mod.ts";
import { CLI, clockAt, eventsOf, testStore } from "./support.ts";

Deno.test("Report.change refuses a stale version and names both", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  await report.change(renameReport("Cortex Q3"), { ...CLI, expectedVersion: 1 });
  await assert.rejects(report.change(renameReport("Other"), { ...CLI, expectedVersion: 1 }), {
    code: "conflict",
    message: /you saw version 1, it is at version 2/,
  });
  assert.equal((await report.read()).outline.title, "Cortex Q3");
});

Deno.test("Report.change keeps the outline of before as a backup, byte for byte", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const before = await Deno.readFile(report.folder.outlineFile);
  const { event } = await report.change(addNote({ text: "hello", author: "Ada" }), CLI);
  const name = event?.payload["backup_filename"] as string;
  assert.match(name, /^outline\.json\.\d{8}T\d{6}_\d{6}\.bak$/);
  assert.deepEqual(await Deno.readFile(`${report.folder.backupsDir}/${name}`), before);
});

Deno.test("Report.change writes nothing when the edit changes nothing", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const before = await Deno.readFile(report.folder.auditFile);
  const { event, outline } = await report.change(renameReport("Cortex"), CLI);
  assert.equal(event, null);
  assert.equal(outline.outline_version, 1);
  assert.deepEqual(await Deno.readFile(report.folder.auditFile), before);
});

Deno.test("Report.change gives backups names that sort by age within one millisecond", async () => {
  const clock = clockAt("2026-04-17T10:00:00.123Z");
  await using t = await testStore({ clock });
  const report = await t.store.create({ title: "a" }, CLI);
  for (const title of ["b", "c", "d"]) await report.change(renameReport(title), CLI);
  clock.set("2026-04-17T09:00:00.000Z");
  await report.change(renameReport("e"), CLI);
  const names = Array.from(Deno.readDirSync(report.folder.backupsDir), ({ name }) => name).sort();
  assert.deepEqual(names.map((name) => name.slice(-10, -4)), [
    "123000",
    "123001",
    "123002",
    "123003",
  ]);
  const titles = names.map((name) =>
    JSON.parse(Deno.readTextFileSync(`${report.folder.backupsDir}/${name}`)).title
  );
  assert.deepEqual(titles, ["a", "b", "c", "d"]);
});

Deno.test("Report.change chains each line to all bytes before it", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  await report.change(addNote({ text: "one", author: "Ada" }), CLI);
  await report.change(tagReport({ add: ["mouse"] }), CLI);
  const lines = (await Deno.readTextFile(report.folder.auditFile)).split("\n").slice(0, -1);
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  let previous = "";
  for (const [i, line] of lines.entries()) {
    const { chain } = (JSON.parse(line) as AuditEvent).payload as {
      chain: { seq: number; prev: string; hash: string };
    };
    assert.equal(chain.seq, i + 1);
    assert.equal(chain.prev, sha256(previous));
    assert.equal(chain.hash, sha256(`${line.replace(chain.hash, "0".repeat(64))}\n`));
    previous = `${line}\n`;
  }
  const head = await report.chainHead();
  assert.deepEqual(head, {
    report_id: report.id,
    seq: 3,
    hash: JSON.parse(lines[2]!).payload.chain.hash,
  });
});

Deno.test("Report.change keeps what other programs put into the outline, numbers as written", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const text = await Deno.readTextFile(report.folder.outlineFile);
  const odd = text.replace(
    `"metadata": {`,
    `"from_elsewhere": {"big": 12345678901234567890, "one": 1.0, "deep": [{"zero": -0.50}]},\n  "metadata": {"temperature": 37.10,`,
  );
  await Deno.writeTextFile(report.folder.outlineFile, odd);
  await report.change(renameReport("Cortex Q3"), CLI);
  const after = await Deno.readTextFile(report.folder.outlineFile);
  for (const kept of ["12345678901234567890", `"one": 1.0`, `"zero": -0.50`, "37.10"]) {
    assert.ok(after.includes(kept), kept);
  }
});

Deno.test("Report.revert undoes an action and all after it, and can itself be undone", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "one" }, CLI);
  const second = await report.change(renameReport("two"), CLI);
  await report.change(renameReport("three"), CLI);
  const { outline, event } = await report.revert(second.event!.action_id.slice(0, 8), {
    ...CLI,
    author: "Ada",
  });
  assert.equal(outline.title, "one");
  assert.equal(outline.outline_version, 4);
  assert.equal(event?.payload["reverted_action_id"], second.event!.action_id);
  const again = await report.revert(event!.action_id, CLI);
  assert.equal(again.outline.title, "three");
  assert.deepEqual(await eventsOf(report), ["create", "rename", "rename", "revert", "revert"]);
  assert.equal((await report.verify()).ok, true);
});

Deno.test("Report.revert says when there is nothing before, or no such action", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "one" }, CLI);
  const { action_id } = (await Array.fromAsync(report.history()))[0]!.event!;
  await assert.rejects(report.revert(action_id, CLI), { code: "nothing_before" });
  await assert.rejects(report.revert("00000000", CLI), { code: "unknown_action" });
  await assert.rejects(report.revert("", CLI), { code: "unknown_action" });
});

Deno.test("Report.atVersion gives every past state", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "1" }, CLI);
  for (const title of ["2", "3"]) await report.change(renameReport(title), CLI);
  for (const version of [1, 2, 3]) {
    assert.equal((await report.atVersion(version)).title, String(version));
  }
  await assert.rejects(report.atVersion(4), { code: "unknown_version" });
});

Deno.test("reorderSection moves a section among the others", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "r" }, CLI);
  for (const title of ["a", "b", "c"]) await report.change(addSection({ title }), CLI);
  const { outline } = await report.change(reorderSection("c", 1), CLI);
  const sorted = outline.sections.toSorted((x, y) => x.order - y.order).map(({ title }) => title);
  assert.deepEqual(sorted, ["c", "a", "b"]);
  await assert.rejects(report.change(reorderSection("c", 4), CLI), { code: "usage" });
});

Deno.test("addNote needs an author, and goes behind the insight it is about", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "r" }, CLI);
  assert.throws(() => addNote({ text: "x", author: "  " }), { code: "usage" });
  const first = await report.change(addNote({ text: "first", author: "Ada" }), CLI);
  await report.change(addNote({ text: "last", author: "Ada" }), CLI);
  const about = first.event!.payload["insight_id"] as string;
  const { outline } = await report.change(addNote({ text: "mine", author: "Bo", about }), CLI);
  const summaries = outline.sections[0]!.insight_ids.map((id) =>
    outline.insights.find(({ insight_id }) => insight_id === id)!.summary
  );
  assert.deepEqual(summaries, ["first", "mine", "last"]);
});

Deno.test("setReportStatus takes a report from the lists without removing a byte", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "gone" }, CLI);
  await report.change(setReportStatus("deleted"), CLI);
  assert.deepEqual((await t.store.list()).entries, []);
  assert.equal((await t.store.list({ status: "deleted" })).entries.length, 1);
  assert.equal((await (await t.store.find("gone")).read()).outline.title, "gone");
});

Deno.test("Report.change thins out old backups and records which", async () => {
  const clock = clockAt("2025-01-01T08:00:00.000Z");
  await using t = await testStore({ clock });
  const report = await t.store.create({ title: "0" }, CLI);
  const times = ["2025-01-01T09", "2025-01-01T10", "2025-03-05T09", "2025-03-06T09"];
  for (const [i, time] of times.entries()) {
    clock.set(`${time}:00:00.000Z`);
    await report.change(renameReport(String(i + 1)), CLI);
  }
  // Of 1 January the last stays for a year; after that the last of each month.
  clock.set("2026-07-01T00:00:00.000Z");
  await report.change(renameReport("now"), CLI);
  const names = Array.from(Deno.readDirSync(report.folder.backupsDir), ({ name }) => name).sort();
  assert.deepEqual(names.map((name) => name.slice(13, 21)), ["20250101", "20250306", "20260701"]);
  const verification = await report.verify();
  assert.equal(verification.ok, true, JSON.stringify(verification.breaks));
  assert.ok(verification.notes.includes("2 old backups were thinned out"), "told");
});
