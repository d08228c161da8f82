/** Making queues, jobs and seals for the tests of this room. */
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { JobMoves, next } from "../../lib/jobs/mod.ts";
import {
  type ClaimRequest,
  type Job,
  type NewJob,
  type Pass,
  Queue,
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

/** Enqueues, claims and seals a run of these files; the job is `running`. */
export function sealedRun(queue: Queue, name: string, paths: readonly string[]): Job {
  queue.jobs.enqueue(newJob(name));
  claimNext(queue, { equipment: [EQUIPMENT], hugeAllowed: true });
  const { id } = queue.jobs.byRun(newJob(name).runPath)!;
  using round = queue.seals.begin(id);
  round.see(paths.map((path) => seen(path)));
  return round.commit({ reason: "sealed", sealedBy: "test" }, taking(queue));
}

/** Hashes every file here and there (content = its path) and lets a pass pass. */
export function prove(queue: Queue, jobId: string): Pass {
  const paths = [...queue.files(jobId).list("present")].map((file) => file.path);
  queue.files(jobId).setHashes(paths.map((path) => ({ path, sha256: hashOf(path) })));
  queue.files(jobId).setAllSent();
  const pass = queue.passes.begin(queue.jobs.byId(jobId)!, PLACE);
  const far = [...queue.passes.unhashed(pass)].map(({ path, sha256 }) => ({ path, sha256 }));
  queue.passes.record(pass, far);
  return queue.passes.close(pass, { outcome: "passed", strength: "read_back" });
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
export function settle(round: SealRound, paths: readonly string[]): void {
  for (const { seen: { path }, known: { sha256 } } of round.statDiffers) {
    if (paths.includes(path) && sha256 !== null) round.setHashes([{ path, sha256 }]);
  }
}
