/** labferry as one of many writers of a creation.json: `records_writer.ts RECORD NAME COUNT`. */
import { mutateCreation } from "../../lib/records/mod.ts";

const [record, name, count] = Deno.args as [string, string, string];
console.log("ready");
await Deno.stdin.read(new Uint8Array(1));
for (let i = 0; i < Number(count); i++) {
  const entry = {
    id: `${name}-${i}`,
    problem_class: "case_collision",
    operator: "peer",
    recorded_at: "2026-06-01T08:00:00Z",
    reason: "written by labferry",
    revoked: false,
  };
  await mutateCreation(record, (creation) => ({
    ...creation,
    sync_status: i % 2 === 0 ? "synced" : "pending",
    validation_overrides: [...creation.validation_overrides, entry],
  }), { lockTimeoutMs: 60_000 });
}
