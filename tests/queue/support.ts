/** Making queues, jobs and seals for the tests of this room. */
import { DatabaseSync } from "node:sqlite";
import { type Clock, compareUtf8, systemClock } from "../../lib/base/mod.ts";
import { JobMoves, next } from "../../lib/jobs/mod.ts";
import {
  type ClaimRequest,
  type Job,
  type NewJob,
  type Pass,
  Queue,
  type SealOptions,
  type SealRound,
  type SeenFile,
  type TakeSeal,
} from "../../lib/queue/mod.ts";
import type { TempDir } from "../support/temp_dir.ts";

export const EQUIPMENT = "CONFOCAL_01";
export const PLACE = { destinationUuid: "uuid-nas", farDir: "Cortex/Runs/Run_1" };

/** A clock that stands still until it is turned. */
export class TurnedClock implements Clock {
  #ms: number;
  constructor(at = "2026-04-17T14:32:00.000Z") {
    this.#ms = Date.parse(at);
  }
  now(): Date {
    return new Date(this.#ms);
  }
  monotonicMs(): number {
    return this.#ms;
  }
  sleep = systemClock.sleep;
  turn(ms: number): void {
    this.#ms += ms;
  }
}

export function openQueue(dir: TempDir, clock: Clock = systemClock): Queue {
  return Queue.open(dir.join("sync_queue.db"), { clock });
}

/** The door that moves this queue's jobs, with nothing to perform behind it. */
export function movesOf(queue: Queue): JobMoves {
  const clock = queue.clock;
  return new JobMoves({ queue, clock, perform: () => Promise.resolve(), onMoved: () => {} });
}

export function claimNext(queue: Queue, request: ClaimRequest): Job | null {
  return movesOf(queue).claimNext(request);
}

export function recover(queue: Queue): Job[] {
  return movesOf(queue).recover();
}

/** Moves a job by its seal, as the machine says. */
export function taking(queue: Queue): TakeSeal {
  return (job, seal) => {
    const { change, event } = next(job, { type: "sealed", seal }, queue.clock.now())!;
    return queue.jobs.transition(job, { change: change, event: event })!;
  };
}

export function newJob(name: string, more: Partial<NewJob> = {}): NewJob {
  return {
    runPath: `/data/lab/${EQUIPMENT}/Cortex/Runs/${name}`,
    equipmentId: EQUIPMENT,
    destination: "/mnt/nas/lab",
    farDir: `Cortex/Runs/${name}`,
    ...more,
  };
}

/** 64 hex digits that stand for the content `text`. */
export function hashOf(text: string): string {
  const hex = Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return hex.padEnd(64, "0").slice(0, 64);
}

export function seen(path: string, more: Partial<SeenFile> = {}): SeenFile {
  return {
    path,
    sizeBytes: 100,
    mtimeMs: 1_700_000_000_000,
    ctimeS: 1_700_000_000,
    fileId: `1:${path}`,
    ...more,
  };
}

/** In the order of a walk. */
export function walked(files: readonly SeenFile[]): SeenFile[] {
  return files.toSorted((a, b) => compareUtf8(a.path, b.path));
}

/** Enqueues, claims and seals a run of these files; the job is `running`. */
export async function sealedRun(
  queue: Queue,
  name: string,
  paths: readonly string[],
): Promise<Job> {
  queue.jobs.enqueue(newJob(name));
  claimNext(queue, { equipment: [EQUIPMENT], hugeAllowed: true });
  const { id } = queue.jobs.byRun(newJob(name).runPath)!;
  using round = await queue.seals.begin(id);
  await round.see(walked(paths.map((path) => seen(path))));
  return await commit(round, { options: { reason: "sealed", sealedBy: "test" }, queue });
}

/** Ends the walk, makes what it saw the next generation, and takes it into the list. */
export async function commit(
  round: SealRound,
  { options, queue }: { readonly options: SealOptions; readonly queue: Queue },
): Promise<Job> {
  await round.end();
  const job = round.commit(options, taking(queue));
  await round.finish();
  return job;
}

export async function pathsOf(
  items: AsyncIterable<{ readonly path: string }>,
): Promise<string[]> {
  return await Array.fromAsync(items, ({ path }) => path);
}

/** Hashes every file here and there (content = its path) and lets a pass pass. */
export async function prove(queue: Queue, jobId: string): Promise<Pass> {
  const paths = await pathsOf(queue.files(jobId).list("present"));
  queue.files(jobId).setHashes(paths.map((path) => ({ path, sha256: hashOf(path) })));
  await queue.files(jobId).setAllSent();
  const pass = queue.passes.begin(queue.jobs.byId(jobId)!, PLACE);
  const unhashed = queue.passes.unhashed(pass);
  const far = await Array.fromAsync(unhashed, ({ path, sha256 }) => ({ path, sha256 }));
  queue.passes.record(pass, far);
  return await passed(queue, pass);
}

/** Sums an open pass up and closes it as passed. */
export async function passed(queue: Queue, pass: Pass): Promise<Pass> {
  const summary = await queue.passes.summary(pass);
  const closed = queue.passes.close(pass, { outcome: "passed", strength: "read_back", summary });
  await queue.passes.finish(pass.jobId);
  return closed;
}

/** Moves a sealed, proven, running job to `verified`. */
export function toVerified(queue: Queue, job: Job): Job {
  const waiting = queue.jobs.transition(job, {
    change: { state: "awaiting_verify" },
    event: { kind: "pushed" },
  })!;
  return queue.jobs.transition(waiting, {
    change: {
      state: "verified",
      verifyPasses: 1,
      verifiedAt: "2026-04-17T15:00:00.000Z",
    },
    event: { kind: "verified" },
  })!;
}

/** Says that these files were read and have the bytes that are known of them. */
export async function settle(round: SealRound, paths: readonly string[]): Promise<void> {
  for await (const { seen: { path }, known: { sha256 } } of round.statDiffers) {
    if (paths.includes(path) && sha256 !== null) round.setHashes([{ path, sha256 }]);
  }
}

/** Dies in the middle of a transaction, where a kill from outside would seldom hit. */
export function killBefore(sql: string, nth: number): void {
  using database = new DatabaseSync(":memory:");
  const prototype = Object.getPrototypeOf(database.prepare("SELECT 1"));
  let met = 0;
  for (const name of ["run", "get", "all"]) {
    const original = prototype[name];
    prototype[name] = function (...values: unknown[]) {
      if (this.sourceSQL.trimStart().startsWith(sql) && ++met === nth) {
        Deno.kill(Deno.pid, "SIGKILL");
      }
      return original.apply(this, values);
    };
  }
}
