import assert from "node:assert/strict";
import { CHANGE_STEPS, renameReport } from "../../lib/reports/mod.ts";
import { startScript } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { ReportStore } from "../../lib/reports/mod.ts";
import { CLI, eventsOf, testStore } from "./support.ts";

const WRITER = new URL("./crash_writer.ts", import.meta.url);

async function killedAfter(root: string, id: string, step: string): Promise<void> {
  await using child = startScript(WRITER, [root, id, step]);
  await child.said("there");
  await child.kill();
}

for (const step of CHANGE_STEPS) {
  Deno.test(`Report.change killed after "${step}" leaves the old outline or the new, explained`, async () => {
    await using t = await testStore();
    const report = await t.store.create({ title: "old" }, CLI);
    const before = await Deno.readTextFile(report.folder.outlineFile);
    await killedAfter(t.store.root, report.id, step);
    const landed = step === "landed" || step === "indexed";
    const { outline } = await report.read();
    assert.equal(outline.title, landed ? "new" : "old");
    if (!landed) assert.equal(await Deno.readTextFile(report.folder.outlineFile), before);
    const expected = landed
      ? ["create", "rename"]
      : step === "recorded"
      ? ["create", "rename", "revert"]
      : ["create"];
    assert.deepEqual(await eventsOf(report), expected);
    const verification = await report.verify();
    assert.equal(verification.ok, true, JSON.stringify(verification.breaks));
    assert.equal((await t.store.list()).entries[0]?.current_title, outline.title);
    const next = await report.change(renameReport("later"), CLI);
    assert.equal(next.outline.outline_version, landed ? 3 : 2);
    assert.equal((await report.verify()).ok, true);
  });
}

for (const step of CHANGE_STEPS.filter((step) => step !== "settled")) {
  Deno.test(`ReportStore.create killed after "${step}" leaves a report or none`, async () => {
    await using t = await testStore();
    const id = crypto.randomUUID();
    await killedAfter(t.store.root, id, step);
    const landed = step === "landed" || step === "indexed";
    assert.equal((await t.store.list()).entries.length, landed ? 1 : 0);
    const report = await t.store.report(id);
    if (landed) assert.equal((await report.read()).outline.title, "new");
    else {
      await assert.rejects(report.read(), { code: "unknown_report" });
      await t.store.create({ title: "again", id }, CLI);
    }
    assert.equal((await report.verify()).ok, true);
  });
}

Deno.test("Report.change cut off within its line of history changes nothing", async () => {
  await using t = await testStore();
  const report = await t.store.create({ title: "old" }, CLI);
  await report.change(renameReport("new"), CLI);
  const history = await Deno.readFile(report.folder.auditFile);
  const [, second] = new TextDecoder().decode(history).split("\n") as [string, string];
  const before = await Deno.readFile(
    `${report.folder.backupsDir}/${JSON.parse(second).payload.backup_filename}`,
  );
  // What the disk holds at each point of the append, the outline not yet replaced.
  const first = history.length - second.length - 1;
  for (const cut of [first + 1, first + 200, history.length - 1]) {
    await Deno.writeFile(report.folder.outlineFile, before);
    await Deno.writeFile(report.folder.auditFile, history.subarray(0, cut));
    const { outline, notices } = await report.read();
    assert.equal(outline.title, "old");
    assert.match(notices[0]!, /torn/);
    assert.equal((await report.verify()).ok, true);
  }
});

testWith(
  ["tmpfs"],
  "Report.change on a full disk keeps the old state, and works again after",
  async () => {
    await using disk = await smallDisk(256);
    const store = new ReportStore(disk.join("reports"));
    const report = await store.create({ title: "old" }, CLI);
    const before = await Deno.readFile(report.folder.outlineFile);
    // Room for less and less of a change: each step of it meets the end of the disk once.
    let failures = 0;
    for (let leftKib = 0; leftKib <= 24; leftKib += 4) {
      const filler = disk.join("filler");
      await fill(filler, leftKib);
      try {
        await report.change(renameReport(`new ${leftKib}`), CLI);
        await Deno.remove(filler);
        break;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "disk_full", String(error));
        failures++;
      }
      assert.equal(
        (await report.read()).outline.title,
        "old",
        "can be read although the disk is full",
      );
      assert.deepEqual(await Deno.readFile(report.folder.outlineFile), before);
      await Deno.remove(filler);
    }
    assert.ok(failures > 0, "the disk was full");
    await report.change(renameReport("after"), CLI);
    const verification = await report.verify();
    assert.equal(verification.ok, true, JSON.stringify(verification.breaks));
  },
);

/** Fills the disk, then gives some of it back. */
async function fill(path: string, leftKib: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const block = new Uint8Array(4096);
  let blocks = 0;
  try {
    while (true) {
      await file.write(block);
      blocks++;
    }
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("No space")) throw error;
  }
  await file.truncate(Math.max(0, blocks * 4 - leftKib) * 1024);
}
