import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { tempDir } from "../support/temp_dir.ts";
import { newJob, openQueue } from "./support.ts";

const CLAIMER = fileURLToPath(new URL("race_claimer.ts", import.meta.url));
const JOBS = 300;

Deno.test("Queue.claimNext gives each job to exactly one of several processes", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  queue.together(() => {
    for (let i = 0; i < JOBS; i++) queue.jobs.enqueue(newJob(`Run_${i}`));
  });
  const claimers = [claimer(dir.join("sync_queue.db")), claimer(dir.join("sync_queue.db"))];
  for (const { lines } of claimers) assert.equal((await lines.next()).value, "ready");
  for (const { child } of claimers) await child.stdin.close();
  const claimed = await Promise.all(claimers.map(async ({ lines }) => {
    const ids: string[] = [];
    for await (const id of lines) ids.push(id);
    return ids;
  }));
  for (const { child } of claimers) assert.ok((await child.status).success);
  assert.equal(claimed.flat().length, JOBS);
  assert.equal(new Set(claimed.flat()).size, JOBS);
  assert.equal(queue.jobs.counts().running, JOBS);
  const events = queue.timeline.after(0, 10_000).filter((event) => event.kind === "claimed");
  assert.equal(events.length, JOBS);
});

function claimer(path: string): { child: Deno.ChildProcess; lines: AsyncGenerator<string> } {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CLAIMER, path],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { child, lines: linesOf(child.stdout) };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
