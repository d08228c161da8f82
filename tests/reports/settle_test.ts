import assert from "node:assert/strict";
import { addNote, renameReport } from "../../lib/reports/mod.ts";
import { CLI, eventsOf, testStore } from "./support.ts";

Deno.test("Report.read records an edit by hand and keeps it", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const text = await Deno.readTextFile(report.folder.outlineFile);
  await Deno.writeTextFile(report.folder.outlineFile, text.replace("Cortex", "By hand"));
  const { outline, notices } = await report.read();
  assert.equal(outline.title, "By hand");
  assert.match(notices[0]!, /changed by hand/);
  assert.deepEqual(await eventsOf(report), ["create", "manual_edit_detected"]);
  await report.read();
  assert.equal((await eventsOf(report)).length, 2, "recorded once");
  const changed = await report.change(addNote({ text: "after", author: "Ada" }), CLI);
  assert.equal(changed.outline.title, "By hand");
  const { ok, notes } = await report.verify();
  assert.equal(ok, true);
  assert.ok(notes.some((note) => note.includes("changed by hand")), String(notes));
});

Deno.test("Report.read names the place of an outline broken by hand; a revert mends it", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "one" }, CLI);
  const { event } = await report.change(renameReport("two"), CLI);
  const broken = '{\n  "title": oops\n}';
  await Deno.writeTextFile(report.folder.outlineFile, broken);
  await assert.rejects(report.read(), { code: "malformed_report", message: /line 2, column 12/ });
  await assert.rejects(report.change(renameReport("x"), CLI), { code: "malformed_report" });
  assert.equal(await Deno.readTextFile(report.folder.outlineFile), broken, "kept");
  const { outline } = await report.revert(event!.action_id, CLI);
  assert.equal(outline.title, "one");
  const { ok, breaks } = await report.verify();
  assert.equal(ok, true, JSON.stringify(breaks));
});

Deno.test("Report.read sets a torn last line aside and records it", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const whole = await Deno.readTextFile(report.folder.auditFile);
  await Deno.writeTextFile(report.folder.auditFile, `${whole}{"action_id": "half`);
  const { notices } = await report.read();
  assert.match(notices[0]!, /torn by a crash and set aside/);
  const { payload } = (await Array.fromAsync(report.history())).at(-1)!.event!;
  const { file } = payload["torn_line"] as { file: string };
  assert.equal(await Deno.readTextFile(`${report.folder.path}/${file}`), `{"action_id": "half`);
  assert.equal((await report.verify()).ok, true);
});

Deno.test("Report.read keeps an outline that vanished on record, and a revert brings it back", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "one" }, CLI);
  const { event } = await report.change(renameReport("two"), CLI);
  await Deno.remove(report.folder.outlineFile);
  await assert.rejects(report.read(), { code: "unknown_report" });
  assert.equal((await report.revert(event!.action_id, CLI)).outline.title, "one");
});

Deno.test("Report.read covers lines of another program with the chain", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "Cortex" }, CLI);
  const theirs = JSON.stringify({
    action_id: crypto.randomUUID(),
    report_id: report.id,
    ts: new Date().toISOString(),
    actor: "human",
    action_type: "render",
    payload: { format: "pdf" },
  });
  await Deno.writeTextFile(report.folder.auditFile, `${theirs}\n`, { append: true });
  await report.read();
  assert.deepEqual(await eventsOf(report), ["create", "render", "backup"]);
  assert.equal((await report.verify()).ok, true);
  const text = await Deno.readTextFile(report.folder.auditFile);
  await Deno.writeTextFile(report.folder.auditFile, text.replace(`"pdf"`, `"odt"`));
  const { ok, breaks } = await report.verify();
  assert.equal(ok, false);
  assert.equal(breaks[0]?.line, 3);
});

Deno.test("Report.read begins the chain of a report that another program made", async () => {
  await using t = await testStore();
  const id = crypto.randomUUID();
  const at = "2026-01-02T03:04:05.678901+00:00";
  const outline = { report_id: id, title: "Theirs", created_at: at, updated_at: at };
  const path = `reports/by_id/${id}`;
  await t.dir.write(
    `${path}/outline.json`,
    JSON.stringify({
      ...outline,
      version: "1.0",
      outline_version: 7,
      sections: [],
      insights: [],
      metadata: {},
    }),
  );
  await t.dir.write(`${path}/backups/outline.json.20260102T030405_678901.bak`, "{}");
  const report = await t.store.find("Theirs");
  const changed = await report.change(renameReport("Ours"), CLI);
  assert.equal(changed.outline.outline_version, 8);
  const { ok, backups, breaks } = await report.verify();
  assert.equal(ok, true, JSON.stringify(breaks));
  assert.equal(backups, 2);
});
