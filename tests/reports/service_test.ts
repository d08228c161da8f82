/** The service itself: what it writes about a run, beside what people write at the same time. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LabferryError } from "../../lib/base/mod.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { addNote, projectReportId, type Report, ReportStore } from "../../lib/reports/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { until } from "../support/until.ts";

Deno.test("startDaemon keeps a report of each project, and people's notes in it", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const store = new ReportStore(lab.stateDir.reportsDir);
  const first = await lab.makeRun({ "a.dat": "alpha" });
  await daemon.control.enqueue(first);
  const verified = async (run: string) =>
    await until(async () => (await daemon.control.job(run)).state === "verified", {
      what: `${run} verified`,
    });
  await verified(first);
  const { equipment_id } = await daemon.control.job(first);
  const project = first.split(/[\\/]/).at(-3)!;
  const id = projectReportId(equipment_id, project);
  // It is begun first, and then told of the run.
  await until(async () => {
    const begun = await store.reportOrNull(id);
    return begun !== null && await insightsOf(begun) > 0;
  }, { what: "the report to tell of the run" });
  const report = await store.report(id);
  await report.change(addNote({ text: "good one", author: "Ada" }), { actor: "human" });
  await daemon.stop();

  const { outline } = await report.read();
  assert.equal(outline.title, `${equipment_id} / ${project}`);
  const [run, note] = outline.insights;
  assert.match(run!.summary, /: safe at .*\n.*sealed with 1 file,/);
  assert.match(run!.summary, /verification passed: 1 file read back and compared, all equal/);
  assert.equal(run!.importance, 3);
  const [citation] = run!.citations;
  assert.equal(citation!.source, "document");
  assert.ok(citation!.path!.endsWith(join(".exlab-wizard", "checksums.sha256")));
  assert.match(citation!.response_hash!, /^[0-9a-f]{64}$/);
  assert.equal(note!.summary, "good one");
  assert.equal((await report.verify()).ok, true);
});

/** None while its first outline is being written. */
async function insightsOf(report: Report): Promise<number> {
  try {
    return (await report.read()).outline.insights.length;
  } catch (error) {
    if (error instanceof LabferryError && error.code === "unknown_report") return 0;
    throw error;
  }
}
