/** How things stand: answers that change nothing. */
import type { Job, JobState, Queue } from "../queue/mod.ts";
import { brokenTrails } from "../trail/mod.ts";
import { knownRunPath } from "../intake/mod.ts";
import { acquiringView } from "./acquiring.ts";
import type { JobFilter } from "./control.ts";
import type { ControlHouse } from "./house.ts";
import { sessionView } from "./session_view.ts";
import { overduePasses } from "./overdue.ts";
import { RunJobs, unknownRun } from "./run_jobs.ts";
import {
  type AcquiringView,
  type DestinationView,
  type EventView,
  eventView,
  type JobView,
  notLookedAfterView,
  type RootView,
  type StandingView,
  type StatusView,
  type StorageView,
  type YieldingView,
} from "./views.ts";

/** Jobs in `status`; the page shows them all, so it must stay readable. */
const STATUS_JOBS = 200;
/** The newest; `labferry session` lists all. */
const STATUS_SESSIONS = 20;
const DEFAULT_LIMIT = 1_000;

export class ReadSide {
  readonly #house: ControlHouse;
  readonly #queue: Queue;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#queue = house.context.queue;
    this.#jobs = new RunJobs(house);
  }

  status(): StatusView {
    return { ...this.standing(), jobs: this.#jobs.views(this.#attentionFirst()) };
  }

  /** The status without the runs: for whoever only counts. */
  standing(): StandingView {
    const { context, daemon } = this.#house;
    const counts = this.#queue.jobs.counts();
    const pauses = this.#queue.pauses.list();
    return {
      daemon: daemon(),
      counts,
      held: this.#queue.jobs.heldRuns((equipmentId) =>
        this.#jobs.outsideHold({ equipmentId })?.hold ?? null
      ),
      not_proven: this.#queue.jobs.unprovenCount(),
      alarmed: this.#queue.jobs.alarmedCount(),
      handed_over: this.#queue.jobs.handedOverCount([...context.staged.keys()]),
      destinations: this.#destinations(),
      acquiring: this.#queue.seen.waiting(STATUS_JOBS).map((row) => acquiringView(row, context)),
      not_looked_after: this.#queue.seen.existing().map(notLookedAfterView),
      roots: this.#faultyRoots(),
      queue_fault: this.#queue.writeFault,
      overdue_passes: overduePasses(this.#queue, this.#house.context.clock),
      broken_trails: brokenTrails(this.#queue, context.clock.now()).map((broken) => {
        const { equipmentId, ...more } = broken;
        return { equipment_id: equipmentId, ...more };
      }),
      sessions: context.sessions.known.slice(0, STATUS_SESSIONS).map(sessionView),
      storage: this.storage(),
      paused: pauses.map(({ scope }) => scope),
      pauses,
      yielding: this.#yielding(),
      jobs_total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    };
  }

  jobs({ states, equipmentId, after, limit = DEFAULT_LIMIT }: JobFilter): readonly JobView[] {
    if (after !== undefined && !this.#queue.jobs.byId(after)) throw unknownRun(after, this.#queue);
    const query = {
      ...(after === undefined ? {} : { after }),
      limit,
      ...(states ? { states: states as JobState[] } : {}),
      ...(equipmentId ? { equipmentId } : {}),
    };
    return this.#jobs.views(this.#queue.jobs.list(query));
  }

  async job(ref: string): Promise<JobView> {
    return this.#jobs.view(await this.#jobs.find(ref));
  }

  async history(ref: string): Promise<readonly EventView[]> {
    return this.#queue.timeline.of((await this.#jobs.find(ref)).id).map(eventView);
  }

  /** @throws LabferryError `unknown_run` */
  async acquiring(path: string): Promise<AcquiringView> {
    const { seen } = this.#queue;
    const row = seen.of(await knownRunPath(path));
    if (row !== null && row.phase !== "taken") return acquiringView(row, this.#house.context);
    throw unknownRun(path, this.#queue);
  }

  #faultyRoots(): RootView[] {
    const { intake, received } = this.#house;
    return [...intake?.roots ?? [], ...received?.() ?? []].filter(({ fault }) => fault !== null)
      .map(({ equipmentId, path, fault, since }) => ({
        equipment_id: equipmentId,
        path,
        fault,
        since,
      }));
  }

  /** The disks as the service last looked; empty when none looks. */
  storage(): StorageView[] {
    const watch = this.#house.storage?.() ?? null;
    if (watch === null) return [];
    return watch.disks.disks.map((disk) => ({
      roots: disk.roots,
      equipment: disk.equipment,
      total_bytes: disk.totalBytes,
      free_bytes: disk.freeBytes,
      bytes_per_day: Math.round(disk.bytesPerDay),
      full_at: disk.fullAt?.toISOString() ?? null,
      proven_bytes: disk.provenBytes,
      warning: disk.warning,
      no_space_gained: watch.cleaner.barren.has(disk.device),
    }));
  }

  #yielding(): YieldingView | null {
    const { waitsFor = null, since = null, unknown = null } = this.#house.yielding?.standing ?? {};
    return waitsFor === null && unknown === null ? null : { waits_for: waitsFor, since, unknown };
  }

  #destinations(): DestinationView[] {
    const known = new Map(this.#queue.destinations.list().map((state) => [state.name, state]));
    return [...this.#house.destinations.values()].map(({ name, transport, closedUntil }) => {
      const state = known.get(name);
      return {
        name,
        address: transport.address,
        state: state?.state ?? "unknown",
        code: state?.code ?? null,
        reason: state?.reason ?? null,
        hint: state?.hint ?? null,
        next_probe_at: state?.nextProbeAt ?? null,
        closed_until: closedUntil?.()?.toISOString() ?? null,
      };
    });
  }

  /** What needs a person, then what moves, then what waits, then the newest of what is safe. */
  #attentionFirst(): Job[] {
    const order: JobState[][] = [["failed"], ["running", "awaiting_verify"], ["queued"], [
      "verified",
      "cleanup_eligible",
      "cleaned",
    ]];
    const found: Job[] = [];
    for (const states of order) {
      if (found.length < STATUS_JOBS) {
        found.push(...this.#queue.jobs.list({ states, limit: STATUS_JOBS - found.length }));
      }
    }
    return found;
  }
}
