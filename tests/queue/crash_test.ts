import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { recover } from "./support.ts";
import { testWith } from "../support/needs.ts";

const WRITER = fileURLToPath(new URL("crash_writer.ts", import.meta.url));

interface Promised {
  readonly kind: string;
  readonly jobId: string;
  readonly generation: number;
}

/** From outside, after so many promises; or before the nth statement that begins like this. */
interface Kill {
  readonly promises: number;
  readonly sql: string;
  readonly nth: number;
}

/** One database lives through all of these. */
const KILLS: readonly Kill[] = [
  ...[1, 7, 60].map((promises) => ({ promises, sql: "", nth: 0 })),
  ...([
    ["INSERT INTO job_events", 1],
    ["INSERT INTO seal_rounds", 2],
    ["UPDATE files AS f SET size_bytes", 3],
    ["INSERT INTO generations", 2],
    ["UPDATE jobs SET", 2],
    ["UPDATE jobs SET", 3],
    ["UPDATE passes SET outcome", 1],
    ["UPDATE files SET far_sha256", 5],
    ["UPDATE jobs SET state = ?, verify_passes", 1],
    ["COMMIT", 13],
  ] as const).map(([sql, nth]) => ({ promises: Infinity, sql, nth })),
];

testWith(
  ["unix"],
  "Queue keeps every promise, and nothing half, through SIGKILLs while it writes",
  async () => {
    await using dir = await tempDir();
    const path = dir.join("sync_queue.db");
    const promised: Promised[] = [];
    for (const [seed, kill] of KILLS.entries()) {
      promised.push(...await writeUntilKilled(path, { seed, ...kill }));
      using queue = Queue.open(path);
      assert.equal(queue.integrityFault(), null);
      for (const promise of promised) checkKept(queue, promise);
      for (const job of queue.jobs.list({ limit: 10_000 })) await checkWhole(queue, job);
      recover(queue);
      assert.equal(queue.jobs.counts().running, 0);
    }
    assert.ok(promised.length > KILLS.length);
  },
);

async function writeUntilKilled(
  path: string,
  kill: Kill & { readonly seed: number },
): Promise<Promised[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", WRITER, path, String(kill.seed), kill.sql, String(kill.nth)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.split("\n").length > kill.promises) endNow(child);
  }
  assert.equal((await child.status).signal, "SIGKILL", "the writer ended by itself");
  return text.split("\n").slice(0, -1).map((line) => {
    const [kind, jobId, generation] = line.split(" ");
    return { kind: kind!, jobId: jobId!, generation: Number(generation) };
  });
}

/** Once it is dead, what it had said before may still be on its way to us. */
function endNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

function checkKept(queue: Queue, { kind, jobId, generation }: Promised): void {
  const kinds = queue.timeline.of(jobId).map((event) => event.kind);
  assert.ok(kinds.includes(kind), `${kind} of ${jobId} was promised, and is gone`);
  assert.ok(queue.jobs.byId(jobId)!.generation >= generation);
  if (kind === "verified") assert.equal(queue.jobs.byId(jobId)!.state, "verified");
}

/** Job, generations, files, passes and timeline say the same. */
async function checkWhole(queue: Queue, job: Job): Promise<void> {
  const events = queue.timeline.of(job.id);
  assert.equal(events.at(-1)!.toState, job.state);
  const seals = queue.jobs.generations(job.id);
  assert.equal(events.filter((event) => event.kind === "sealed").length, seals.length);
  const files = await Array.fromAsync(queue.files(job.id).list());
  if (job.sealedAt === null) return assert.deepEqual([seals, files], [[], []]);
  assert.equal(seals.at(-1)!.generation, job.generation);
  assert.deepEqual([job.files, files.length], [job.generation * 6, job.generation * 6]);
  for (const file of files) assert.equal(file.mtimeMs, job.generation, "of another generation");
  const passed = queue.passes.of(job.id, job.generation).filter((pass) =>
    pass.outcome === "passed"
  );
  assert.equal(passed.length, job.state === "verified" ? 1 : 0);
  const proven = files.filter((file) => file.provenSha256 !== null).length;
  assert.equal(proven, job.state === "verified" ? job.files : 0);
}
