/** A change that stops after one of its steps and waits to be killed: `crash_writer.ts ROOT ID STEP`. */
import { renameReport, ReportStore } from "../../lib/reports/mod.ts";

const [root, id, step] = Deno.args as [string, string, string];
const forever = new Promise<void>(() => {});
const store = new ReportStore(root, {
  afterStep: async (done) => {
    if (done !== step) return;
    console.log("there");
    setInterval(() => {}, 1000);
    await forever;
  },
});
const actor = { actor: "cli" } as const;
const report = await store.reportOrNull(id);
if (report) await report.change(renameReport("new"), actor);
else await store.create({ title: "new", id }, actor);
