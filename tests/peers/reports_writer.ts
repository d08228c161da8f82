/** labferry as one of many writers of a report: `reports_writer.ts ROOT ID NAME COUNT`. */
import { addInsight, ReportStore } from "../../lib/reports/mod.ts";

const [root, id, name, count] = Deno.args as [string, string, string, string];
const report = await new ReportStore(root, { lockTimeoutMs: 60_000 }).report(id);
console.log("ready");
await Deno.stdin.read(new Uint8Array(1));
for (let i = 0; i < Number(count); i++) {
  await report.change(addInsight({ summary: `${name}-${i}` }), { actor: "cli" });
}
console.log("done");
