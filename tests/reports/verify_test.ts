import assert from "node:assert/strict";
import { addNote, renameReport, type Report } from "../../lib/reports/mod.ts";
import { CLI, testStore } from "./support.ts";

async function reportWithHistory(t: Awaited<ReturnType<typeof testStore>>): Promise<Report> {
  const report = await t.store.create({ title: "Cortex" }, CLI);
  await report.change(addNote({ text: "seen", author: "Ada" }), CLI);
  await report.change(renameReport("Cortex Q3"), CLI);
  return report;
}

Deno.test("Report.verify finds every single flipped bit of the history", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const whole = await Deno.readFile(report.folder.auditFile);
  const misses: string[] = [];
  // Each byte once, with a bit that goes round; all eight would take eight times as long.
  for (let at = 0; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at]! ^= 1 << (at % 8);
    await Deno.writeFile(report.folder.auditFile, bytes);
    if ((await report.verify()).ok) misses.push(`byte ${at}`);
  }
  assert.deepEqual(misses, []);
});

Deno.test("Report.verify finds flipped bits of a backup and of the outline, and names the file", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const [backup] = Array.from(Deno.readDirSync(report.folder.backupsDir));
  for (const file of [`backups/${backup!.name}`, "outline.json"]) {
    const path = `${report.folder.path}/${file}`;
    const whole = await Deno.readFile(path);
    for (let at = 0; at < whole.length; at += 7) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << (at % 8);
      await Deno.writeFile(path, bytes);
      const { ok, breaks } = await report.verify();
      assert.equal(ok, false, `${file} byte ${at}`);
      assert.equal(breaks[0]?.file, file);
    }
    await Deno.writeFile(path, whole);
  }
  assert.equal((await report.verify()).ok, true);
});

Deno.test("Report.verify finds a missing backup and one that nothing explains", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const [backup] = Array.from(Deno.readDirSync(report.folder.backupsDir));
  const path = `${report.folder.backupsDir}/${backup!.name}`;
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  assert.match((await report.verify()).breaks[0]!.what, /is missing/);
  await Deno.writeFile(path, bytes);
  await Deno.writeTextFile(
    `${report.folder.backupsDir}/outline.json.20200101T000000_000000.bak`,
    "made up",
  );
  assert.match((await report.verify()).breaks[0]!.what, /explained by no event/);
});

Deno.test("Report.verify finds removed, repeated and exchanged lines", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const [a, b, c] = (await Deno.readTextFile(report.folder.auditFile)).split("\n") as string[];
  for (const lines of [[b, c], [a, c], [a, b], [a, c, b], [a, b, b, c], []]) {
    const text = lines.map((line) => `${line}\n`).join("");
    await Deno.writeTextFile(report.folder.auditFile, text);
    assert.equal((await report.verify()).ok, false, String(lines.length));
  }
});

Deno.test("Report.verify names a malformed line in the middle; history and changes go on", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  await Deno.writeTextFile(report.folder.auditFile, "not json\n", { append: true });
  await report.change(renameReport("goes on"), CLI);
  const { ok, breaks } = await report.verify();
  assert.equal(ok, false);
  assert.deepEqual(breaks.map(({ line, what }) => ({ line, what })), [
    { line: 4, what: "line 4: it is not JSON" },
  ]);
  const faults = (await Array.fromAsync(report.history())).filter(({ fault }) => fault);
  assert.deepEqual(faults.map(({ number, fault }) => ({ number, fault })), [
    { number: 4, fault: "it is not JSON" },
  ]);
});

Deno.test("Report.verify still finds a line that lost its chain after the report was opened", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const text = await Deno.readTextFile(report.folder.auditFile);
  const at = text.lastIndexOf(`"chain"`);
  await Deno.writeTextFile(
    report.folder.auditFile,
    `${text.slice(0, at)}"chbin"${text.slice(at + 7)}`,
  );
  await report.read();
  assert.equal((await report.verify()).breaks[0]?.line, 3);
});

/** A history whose every line is gone through for each of the others would take thousands. */
const MOST_TIMES_READ = 10;

async function msOf(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

Deno.test("Report.verify and a change take little memory and time with 100 MB of history", async () => {
  await using t = await testStore();
  const report = await reportWithHistory(t);
  const line = JSON.stringify({
    action_id: crypto.randomUUID(),
    report_id: report.id,
    ts: new Date().toISOString(),
    actor: "human",
    action_type: "render",
    payload: { text: "x".repeat(4000) },
  });
  const block = new TextEncoder().encode(`${line}\n`.repeat(250));
  using file = await Deno.open(report.folder.auditFile, { append: true });
  for (let bytes = 0; bytes < 100e6; bytes += block.length) await file.write(block);
  const heapBefore = Deno.memoryUsage().heapUsed;
  const startedMs = performance.now();
  await report.change(renameReport("Cortex Q4"), CLI);
  const { ok, events } = await report.verify();
  assert.equal(ok, true);
  assert.ok(events > 20_000);
  const tookMs = performance.now() - startedMs;
  assert.ok(Deno.memoryUsage().heapUsed - heapBefore < 200e6, "the history is not held whole");
  // What any reader does, on the same computer in the same minute.
  const readMs = await msOf(async () => {
    for (const text of (await Deno.readTextFile(report.folder.auditFile)).split("\n")) {
      if (text !== "") JSON.parse(text);
    }
  });
  assert.ok(tookMs < MOST_TIMES_READ * readMs, `${tookMs} ms, and ${readMs} to read it all`);
});
