/**
 * What sync works with, on a lab, in this process: a real queue, real disk threads, real transports, and
 * a hand on each delivery. `await using bench = await openBench();`
 */
import { type Effect, JobMoves } from "../../lib/jobs/mod.ts";
import { hostname } from "node:os";
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { destinationsOf, rememberedIdentity, syncContext } from "../../lib/daemon/mod.ts";
import { TreeClaims } from "../../lib/daemon/tree_claims.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { findRunAddress } from "../../lib/records/mod.ts";
import {
  deliver,
  type Destination,
  NO_SOURCES,
  openGate,
  refreshSeal,
  type SealResult,
  type SyncContext,
  type Work,
} from "../../lib/sync/mod.ts";
import { initDestination, KnownDestinations, type Transport } from "../../lib/transports/mod.ts";
import { type Lab, type LabOptions, openLab } from "../support/lab.ts";

export interface Bench extends AsyncDisposable {
  readonly lab: Lab;
  readonly queue: Queue;
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly effects: Effect[];
  place(equipment: string): Destination;
  readonly moves: JobMoves;
  work(equipment: string, more?: Partial<Work>): Work;
  /** Looks at the run and seals what it finds, as a delivery does. */
  seal(runPath: string): Promise<SealResult>;
  enqueue(runPath: string): Job;
  /** Claims the job (as the dispatcher does, but this one) and delivers it once. */
  deliver(runPath: string, more?: Partial<Work>): Promise<Job>;
  job(runPath: string): Job;
  kinds(runPath: string): string[];
}

export interface BenchOptions extends LabOptions {
  readonly clock?: Clock;
  /** Of another bench: the same installation, which has lost its queue. */
  readonly installation?: SyncContext["installation"];
  /** Equipment whose runs go to a staging area, with what must arrive last. */
  readonly staged?: SyncContext["staged"];
  /** Puts something between sync and the transport of every place. */
  readonly wrap?: (transport: Transport) => Transport;
}

const NEVER = new AbortController().signal;

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const { clock = systemClock, wrap = (transport) => transport } = options;
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLab(options));
  const queue = stack.use(Queue.open(lab.stateDir.queueFile, { clock }));
  const pool = stack.use(new DiskPool());
  const made = syncContext({
    queue,
    pool,
    clock,
    stateDir: lab.stateDir,
    verify: { maxStreamBytes: 0 },
    acceptProviderAsserted: false,
    litter: "skip",
    ...(options.staged ? { staged: options.staged } : {}),
    onProgress: () => {},
    gatekeeper: openGate,
    trees: new TreeClaims({
      config: lab.config,
      stateDir: lab.stateDir,
      clock,
      log: () => {},
      serves: false,
    }),
    sources: NO_SOURCES,
  });
  const context = { ...made, installation: options.installation ?? made.installation };
  const known = new KnownDestinations(lab.stateDir.path);
  const places = new Map([...destinationsOf(lab.config, known, clock)].map(([id, destination]) => {
    const transport = wrap(destination.transport);
    return [id, {
      ...destination,
      transport,
      identity: () => rememberedIdentity(transport, known, id),
    }];
  }));
  for (const [id, { transport }] of places) await mark(id, transport, { lab, known });
  const effects: Effect[] = [];
  const moves = new JobMoves({
    queue,
    clock,
    perform: (_, effect) => {
      effects.push(effect);
      return Promise.resolve();
    },
    onMoved: () => {},
  });
  const place = (id: string) => places.get(id)!;
  const job = (runPath: string) => queue.jobs.byRun(runPath)!;
  const work = (id: string, more: Partial<Work> = {}): Work => ({
    destination: place(id),
    context,
    signal: new AbortController().signal,
    moves,
    onReached: () => {},
    ...more,
  });
  const kept = stack.move();
  return {
    lab,
    queue,
    context,
    destinations: places,
    effects,
    moves,
    place,
    work,
    seal: (runPath) => refreshSeal(job(runPath), { context, moves, signal: NEVER }),
    job,
    enqueue(runPath) {
      const { equipmentId, layoutPath } = findRunAddress(runPath)!;
      return queue.jobs.enqueue({
        runPath,
        equipmentId,
        destination: place(equipmentId).transport.address,
        farDir: layoutPath,
      }).job;
    },
    async deliver(runPath, more) {
      let current = job(runPath);
      if (current.state === "queued") current = await moves.take(current, { type: "claimed" });
      return await deliver(current, work(current.equipmentId, more));
    },
    kinds: (runPath) => queue.timeline.of(job(runPath).id).map(({ kind }) => kind),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function mark(
  equipmentId: string,
  transport: Transport,
  { lab, known }: { lab: Lab; known: KnownDestinations },
): Promise<void> {
  const scratchDir = await Deno.makeTempDir({ dir: lab.stateDir.scratchDir });
  await using session = await transport.connect({
    signal: new AbortController().signal,
    token: "lab-init",
    scratchDir,
  });
  const { identity } = await initDestination(session, {
    address: transport.address,
    equipmentId,
    createdBy: `test@${hostname()}`,
    knownUuid: null,
  });
  await known.remember(transport.address, identity);
}
