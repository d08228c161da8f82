/**
 * Writes to a queue without end, for `crash_test.ts` to kill at any instant. After each call that
 * returned it says on stdout what was promised: `<kind> <job id> <number>`.
 *
 * Arguments: the database's path, a seed, and how the SQL statement begins before which it kills
 * itself, and which of them it is (0: none, somebody else will kill it).
 */
import { Queue } from "../../lib/queue/mod.ts";
import {
  claimNext,
  commit,
  EQUIPMENT,
  hashOf,
  killBefore,
  newJob,
  PLACE,
  recover,
  seen,
} from "./support.ts";

const [path, seedText, lastSql, lastCount] = Deno.args;
killBefore(lastSql!, Number(lastCount));
const random = seeded(Number(seedText));
using queue = Queue.open(path!);
recover(queue);

for (let round = 0;; round++) {
  const { job } = queue.jobs.enqueue(newJob(`Run_${seedText}_${round}`));
  promise("enqueued", job.id, 1);
  const claimed = claimNext(queue, { equipment: [EQUIPMENT], hugeAllowed: true })!;
  promise("claimed", claimed.id, claimed.generation);
  const seals = 1 + Math.floor(random() * 3);
  for (let i = 0; i < seals; i++) await seal(claimed.id);
  await verify(claimed.id);
}

/** Generation `g` holds `g × 6` files that all have `mtimeMs: g`. */
async function seal(jobId: string): Promise<void> {
  using walk = await queue.seals.begin(jobId);
  // A job that an earlier, killed writer left behind has been sealed before.
  const generation = walk.job.sealedAt === null ? 1 : walk.job.generation + 1;
  const paths = Array.from({ length: generation * 6 }, (_, i) => `f${String(i).padStart(4, "0")}`);
  for (let i = 0; i < paths.length; i += 16) {
    await walk.see(paths.slice(i, i + 16).map((name) => seen(name, { mtimeMs: generation })));
  }
  await commit(walk, { options: { reason: "sealed", sealedBy: "writer" }, queue });
  promise("sealed", jobId, generation);
}

async function verify(jobId: string): Promise<void> {
  const own = (await Array.fromAsync(queue.files(jobId).list())).map(({ path }) => ({
    path,
    sha256: hashOf(path),
  }));
  queue.files(jobId).setHashes(own);
  const job = queue.jobs.byId(jobId)!;
  const pass = queue.passes.begin(job, PLACE);
  for (let i = 0; i < own.length; i += 16) queue.passes.record(pass, own.slice(i, i + 16));
  const waiting = queue.jobs.transition(job, {
    change: { state: "awaiting_verify" },
    event: { kind: "pushed" },
  })!;
  const verifiedAt = new Date().toISOString();
  const summary = await queue.passes.summary(pass);
  queue.together(() => {
    queue.passes.close(pass, { outcome: "passed", strength: "read_back", summary });
    queue.jobs.transition(waiting, {
      change: { state: "verified", verifyPasses: 1, verifiedAt },
      event: {
        kind: "verified",
      },
    });
  });
  promise("verified", jobId, job.generation);
}

function promise(kind: string, jobId: string, generation: number): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${kind} ${jobId} ${generation}\n`));
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
