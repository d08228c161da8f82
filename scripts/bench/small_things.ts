/** Hashing, a record's update, and the choice of the next job, each against its bare peer. */
import { join } from "node:path";
import { systemClock } from "../../lib/base/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { JobMoves } from "../../lib/jobs/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import {
  createCreation,
  mutateCreation,
  recordPath,
  unknownLimsProject,
} from "../../lib/records/mod.ts";
import { compared, type Pair, type PairResult, run } from "./pair.ts";

const NOTHING = () => Promise.resolve();

export function hashPairs(dir: string): Pair[] {
  const files = Array.from({ length: 8 }, (_, i) => join(dir, "source", `stack${i}.tif`));
  const ours = (threads: number) => async () => {
    using pool = new DiskPool({ threads });
    for await (
      const outcome of pool.hashFiles(files.map((path) => ({ path, sizeBytes: 1 << 27 })))
    ) {
      if (!outcome.ok) throw outcome.error;
    }
  };
  const openssl = () => run("openssl", ["dgst", "-sha256", ...files]);
  return [
    {
      name: "hashing on one core / openssl dgst -sha256",
      budget: 1.03,
      reset: NOTHING,
      ours: ours(1),
      theirs: openssl,
    },
    {
      name: "hashing on two cores / openssl dgst -sha256 on one",
      budget: 0.52,
      reset: NOTHING,
      ours: ours(2),
      theirs: openssl,
    },
    {
      // How near two cores of this machine come to twice one, whoever hashes.
      name: "hashing on two cores / two openssl at once, half of the files each",
      budget: 1.03,
      reset: NOTHING,
      ours: ours(2),
      theirs: async () => {
        const halves = [files.slice(0, 4), files.slice(4)];
        await Promise.all(halves.map((half) => run("openssl", ["dgst", "-sha256", ...half])));
      },
    },
  ];
}

const UPDATES = 200;

/** A locked, atomic, durable change of one field against the write + fsync + rename + fsync in it. */
export async function recordUpdate(dir: string, where: string): Promise<PairResult> {
  const run = join(dir, "record-run");
  await Deno.mkdir(run, { recursive: true });
  const path = recordPath(run, "creation.json");
  await createCreation(path, {
    created_at: "2026-04-17T14:32:00Z",
    created_by: "bench",
    level: "run",
    run_kind: "experimental",
    lims_project: unknownLimsProject("Bench"),
    paths: { local: run, nas: "//nas" },
    variables: { note: "x".repeat(1_500) },
  });
  const bytes = await Deno.readFile(path);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < UPDATES; i++) {
    const sync_status = i % 2 === 0 ? "synced" as const : "pending" as const;
    ours.push(
      await timed(() => mutateCreation(path, (creation) => ({ ...creation, sync_status }))),
    );
    theirs.push(await timed(() => bareReplace(join(run, "bare.json"), bytes)));
  }
  await Deno.remove(run, { recursive: true });
  const name = `record update / bare write + fsync + rename + fsync, ${where}`;
  return compared({ name, budget: 1.1 }, { ours, theirs });
}

async function bareReplace(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(`${path}.tmp`, { write: true, create: true, truncate: true });
  await file.write(bytes);
  await file.sync();
  await Deno.rename(`${path}.tmp`, path);
  using folder = await Deno.open(join(path, ".."));
  await folder.sync();
}

/** Claims among 1,000,000 jobs against claims among 1,000. */
export async function nextJob(
  dir: string,
  { many = 1_000_000, few = 1_000, claims = 100 } = {},
): Promise<PairResult> {
  const theirs = await claimTimes(join(dir, "few.db"), few, claims);
  const ours = await claimTimes(join(dir, "many.db"), many, claims);
  const name = `next job among ${many.toLocaleString("en")} / among ${few.toLocaleString("en")}`;
  return compared({ name, budget: 1.2 }, { ours, theirs });
}

async function claimTimes(path: string, jobs: number, claims: number): Promise<number[]> {
  const times: number[] = [];
  {
    using queue = Queue.open(path, { clock: systemClock });
    for (let from = 0; from < jobs; from += 10_000) {
      queue.together(() => {
        for (let i = from; i < Math.min(jobs, from + 10_000); i++) {
          queue.jobs.enqueue({
            runPath: `/data/lab/EQ_${i % 4}/P/Runs/Run_${i}`,
            equipmentId: `EQ_${i % 4}`,
            destination: "/mnt/nas",
            farDir: `P/Runs/Run_${i}`,
          });
        }
      });
    }
    const equipment = ["EQ_0", "EQ_1", "EQ_2", "EQ_3"];
    const moves = new JobMoves({
      queue,
      clock: systemClock,
      perform: () => Promise.resolve(),
      onMoved: () => {},
    });
    for (let i = 0; i < claims; i++) {
      times.push(
        await timed(() => Promise.resolve(moves.claimNext({ equipment, hugeAllowed: true }))),
      );
    }
  }
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.remove(path + end).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
