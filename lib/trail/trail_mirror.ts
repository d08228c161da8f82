/**
 * Follows the timelines and the reports, and brings what is new of them to the destinations: every five
 * minutes, many runs over one connection, below all transfers. A destination that is down keeps its runs
 * waiting, and the cursor with them.
 */
import { isAbort, LabferryError, Rounds, turn } from "../base/mod.ts";
import { isProven } from "../jobs/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { connectTo, type FarWork, type LentRounds, lockProvenRun, type Work } from "../sync/mod.ts";
import { isDestinationFailure } from "../transports/mod.ts";
import { type LocalDrills, mirrorDrills, readDrills } from "./drill_trail.ts";
import { type LocalReport, mirrorReport, readReport, reportIds } from "./report_trail.ts";
import { mirrorRun, type SetAside } from "./run_trail.ts";

export interface TrailMirrorOptions extends LentRounds {
  readonly reportsDir: string;
  /** What stood over there was no beginning of ours: a person has to look. */
  readonly onBroken: (broken: BrokenTrail) => void;
}

export interface BrokenTrail extends SetAside {
  readonly equipmentId: string;
  readonly at: string;
}

/** `rules.md` 32: at most one round in five minutes. */
const REST_MS = 5 * 60_000;
/** Without a pause: others want the thread. */
const EVENTS_AT_ONCE = 500;
/** Runs of one loan: what is to be sent does not wait long for it. */
const MOST_RUNS = 100;
const MOST_BROKEN = 100;
const CURSOR = "trail";

/** So long a person is told of it. */
const TOLD_MS = 30 * 86_400_000;

/** The newest last. */
export function brokenTrails({ meta }: Pick<Queue, "meta">, now: Date): BrokenTrail[] {
  const all: BrokenTrail[] = JSON.parse(meta.get("trail:broken") ?? "[]");
  return all.filter(({ at }) => now.getTime() - Date.parse(at) < TOLD_MS);
}

export class TrailMirror extends Rounds {
  readonly #options: TrailMirrorOptions;
  /** Runs with events that are not mirrored, with the first of these. */
  readonly #due = new Map<string, number>();
  #readTo: number | null = null;
  /** What was said to be in the way of a history, by what it is a history of. */
  readonly #stuck = new Set<string>();

  constructor(options: TrailMirrorOptions) {
    super({
      ...options,
      name: "Mirroring histories",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
    });
    this.#options = options;
  }

  async #round(signal: AbortSignal): Promise<void> {
    await this.#follow(signal);
    const reports = await this.#reports();
    for (const [equipmentId, destination] of this.#options.destinations) {
      const { context, dispatcher } = this.#options;
      if (signal.aborted) return;
      if (context.staged.has(equipmentId) || !dispatcher.breakers.isUp(destination.name)) continue;
      await this.#mirror(equipmentId, { reports, signal });
    }
    this.#keepCursor();
  }

  /** A slice at a time: the first round after an upgrade has years of events before it. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { timeline } = this.#options.context.queue;
    this.#readTo ??= timeline.cursor(CURSOR);
    while (!signal.aborted) {
      const events = timeline.after(this.#readTo, EVENTS_AT_ONCE);
      for (const { jobId, seq } of events) if (!this.#due.has(jobId)) this.#due.set(jobId, seq);
      this.#readTo = events.at(-1)?.seq ?? this.#readTo;
      if (events.length < EVENTS_AT_ONCE) return;
      await turn();
    }
  }

  #keepCursor(): void {
    const { timeline } = this.#options.context.queue;
    let to = this.#readTo ?? 0;
    for (const seq of this.#due.values()) to = Math.min(to, seq - 1);
    if (to > timeline.cursor(CURSOR)) timeline.setCursor(CURSOR, to);
  }

  /** Every report whose state is another than what any destination was last brought. */
  async #reports(): Promise<LocalReport[]> {
    const { reportsDir } = this.#options;
    const found: LocalReport[] = [];
    for (const id of await reportIds(reportsDir)) {
      const report = await readReport(reportsDir, id);
      if (report) found.push(report);
    }
    return found;
  }

  async #mirror(
    equipmentId: string,
    { reports, signal }: { readonly reports: readonly LocalReport[]; readonly signal: AbortSignal },
  ): Promise<void> {
    const { context: { queue, log }, dispatcher } = this.#options;
    const runs = await this.#dueRuns(equipmentId, signal);
    const changed = reports.filter((report) =>
      (report.equipmentId ?? equipmentId) === equipmentId &&
      queue.meta.get(keyOf(report, equipmentId)) !== report.digest
    );
    const drills = await this.#changedDrills(equipmentId);
    const job = runs[0] ?? queue.jobs.list({ equipmentId, states: ["verified"], limit: 1 })[0];
    if (!job || (runs.length === 0 && changed.length === 0 && drills === null)) return;
    try {
      await dispatcher.lend(job, async (work) => {
        const stopping = { ...work, signal: AbortSignal.any([work.signal, signal]) };
        await this.#overOneConnection(job, { ...stopping, runs, changed, drills });
      });
    } catch (error) {
      // A transfer wants the place, or the destination is away or held, which others tell.
      if (isAbort(error)) return;
      if (!(error instanceof LabferryError)) throw error;
      log("debug", `Histories could not be mirrored: ${error.message}`, { equipmentId });
    }
  }

  async #overOneConnection(
    job: Job,
    { runs, changed, drills, ...work }: Work & {
      readonly runs: readonly Job[];
      readonly changed: readonly LocalReport[];
      readonly drills: LocalDrills | null;
    },
  ): Promise<void> {
    const { context, destination, signal } = work;
    await using far = await connectTo(destination, job, { context, signal });
    await far.confirm();
    const { equipmentId } = job;
    // What one of them runs into keeps no other waiting.
    const each = async (of: string, act: () => Promise<void>) => {
      signal.throwIfAborted();
      try {
        await act();
        this.#stuck.delete(`${equipmentId} ${of}`);
      } catch (error) {
        const isItsOwn = error instanceof LabferryError && !isDestinationFailure(error.code);
        if (!isItsOwn || isAbort(error)) throw error;
        this.#inTheWay(error, { of, equipmentId });
      }
    };
    for (const run of runs) await each(run.farDir, () => this.#mirrorRun(run, { ...work, far }));
    for (const report of changed) {
      await each(`report ${report.id}`, async () => {
        const broken = await mirrorReport(report, { ...work, far, job });
        if (broken) this.#broken(broken, equipmentId);
        else context.queue.meta.set(keyOf(report, equipmentId), report.digest);
      });
    }
    if (drills === null) return;
    await each("the drills", async () => {
      const broken = await mirrorDrills(drills, { ...work, far });
      if (broken) this.#broken(broken, equipmentId);
      else context.queue.meta.set(drillKeyOf(equipmentId), drills.digest);
    });
  }

  /** Said once, until it is gone. */
  #inTheWay(
    { message, code }: LabferryError,
    { of, equipmentId }: { readonly of: string; readonly equipmentId: string },
  ): void {
    const key = `${equipmentId} ${of}`;
    const level = this.#stuck.has(key) ? "debug" : "warn";
    this.#stuck.add(key);
    const words = `The history of ${of} could not be brought to its destination: ${message}`;
    this.#options.context.log(level, words, { equipmentId, code });
  }

  /** Null when nothing is new of them. */
  async #changedDrills(equipmentId: string): Promise<LocalDrills | null> {
    const { queue, stateDir } = this.#options.context;
    const drills = await readDrills(stateDir, equipmentId);
    return drills?.digest === queue.meta.get(drillKeyOf(equipmentId)) ? null : drills;
  }

  async #mirrorRun(run: Job, work: FarWork): Promise<void> {
    // Somebody works on it, and adds to its timeline: later.
    using lock = await lockProvenRun(run, { ...work.context, signal: work.signal });
    if (lock === null) return;
    // First of all it goes behind the others: what it runs into may be there for long.
    const first = this.#due.get(run.id);
    this.#due.delete(run.id);
    if (first !== undefined) this.#due.set(run.id, first);
    const broken = await mirrorRun(run, work);
    if (broken) return this.#broken(broken, run.equipmentId);
    this.#due.delete(run.id);
  }

  /** Only what is proven has a far folder that is its own; the others have an event when they are. */
  async #dueRuns(equipmentId: string, signal: AbortSignal): Promise<Job[]> {
    const { queue } = this.#options.context;
    const runs: Job[] = [];
    let seen = 0;
    for (const id of [...this.#due.keys()]) {
      if (runs.length >= MOST_RUNS || signal.aborted) break;
      if (++seen % EVENTS_AT_ONCE === 0) await turn();
      const job = queue.jobs.byId(id);
      if (!job || !isProven(job)) this.#due.delete(id);
      else if (job.equipmentId === equipmentId) runs.push(job);
    }
    return runs;
  }

  #broken(aside: SetAside, equipmentId: string): void {
    const { context: { queue, clock, log }, onBroken } = this.#options;
    const broken = { ...aside, equipmentId, at: clock.now().toISOString() };
    const all = [...brokenTrails(queue, clock.now()), broken].slice(-MOST_BROKEN);
    queue.meta.set("trail:broken", JSON.stringify(all));
    log("error", `${broken.path} was no beginning of the history here, and is set aside`, {
      code: "report_chain_broken",
      into: broken.into,
      equipment: equipmentId,
    });
    onBroken(broken);
  }
}

function drillKeyOf(equipmentId: string): string {
  return `trail:drills:${equipmentId}`;
}

function keyOf({ id }: LocalReport, equipmentId: string): string {
  return `trail:report:${equipmentId}:${id}`;
}
