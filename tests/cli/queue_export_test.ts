/** `queue export`: lines for tools, one document with `--json`, and a reader that leaves early. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { PROGRAM } from "../support/program.ts";

async function labWithJobs(count: number) {
  const lab = await openLab();
  using queue = Queue.open(lab.stateDir.queueFile);
  queue.together(() => {
    for (let i = 0; i < count; i++) {
      queue.jobs.enqueue({
        runPath: `/data/${i}`,
        equipmentId: "PLATE_01",
        destination: "/nas",
        farDir: `${i}`,
      });
    }
  });
  return lab;
}

Deno.test("labferry queue export --json is one JSON document, with and without --output", async () => {
  for (const count of [0, 2]) {
    await using lab = await labWithJobs(count);
    const all = (await labferry(lab, ["queue", "export", "--json"])).json() as { type: string }[];
    assert.equal(all.filter(({ type }) => type === "job").length, count);
    const output = lab.join("queue.ndjson");
    const told = await labferry(lab, ["queue", "export", "--json", "--output", output]);
    assert.deepEqual(told.json(), { output, lines: all.length });
    const lines = (await Deno.readTextFile(output)).split("\n").filter((line) => line !== "");
    assert.deepEqual(lines.map((line) => JSON.parse(line)), all);
  }
});

Deno.test("labferry queue export ends well when its reader has seen enough", async () => {
  await using lab = await labWithJobs(2000);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, "--state-dir", lab.stateDir.path, "queue", "export"],
    stdout: "piped",
    stderr: "piped",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [0, ""]);
});
