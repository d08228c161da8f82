/**
 * `Control` on the queue itself: inside the daemon, and in a command while no daemon holds the state
 * directory. What is asked is answered by its parts.
 */
import type { ListedOverride } from "../gate/mod.ts";
import { Commands } from "./commands.ts";
import type {
  Completed,
  Control,
  JobFilter,
  RestoreOptions,
  RetriedAll,
  RetryOptions,
} from "./control.ts";
import type { GateControl, OverrideDraft, ProblemsView, RevocationDraft } from "./gate_control.ts";
import { Custody } from "./custody.ts";
import type { CleanedView, CustodyView, RestoredView } from "./custody_views.ts";
import type { FilePage, FilesAsked } from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import { LongLists } from "./long_lists.ts";
import { HomeReader, type HomeView } from "./home_view.ts";
import { MetricReader } from "./metric_facts.ts";
import { Overrides } from "./overrides.ts";
import { PaceReader } from "./pace_reader.ts";
import type { PaceView } from "./pace_view.ts";
import type { PageReading, RunFilters } from "./page_reading.ts";
import { auditNow } from "./problems.ts";
import { ReadSide } from "./read_side.ts";
import { Restores } from "./restores.ts";
import { type RunDetail, RunDetails } from "./run_detail.ts";
import { RoomReader, type RoomView } from "./room_view.ts";
import { RunJobs } from "./run_jobs.ts";
import { type RunListAsked, RunLists, type RunListView } from "./run_list.ts";
import { type SessionView, sessionView } from "./session_view.ts";
import { Staging } from "./staging.ts";
import type { StagedView } from "./staged_view.ts";
import type { AcquiringView, EventView, JobView, StatusView } from "./views.ts";

/** Projects that a list can be filtered by; further ones are found by a search. */
const MOST_PROJECTS = 100;

export class LocalControl implements Control, GateControl, PageReading {
  readonly #house: ControlHouse;
  readonly #read: ReadSide;
  readonly #commands: Commands;
  readonly #overrides: Overrides;
  readonly #custody: Custody;
  readonly #staging: Staging;
  readonly #restores: Restores;
  readonly #lists: RunLists;
  /** What somebody else's monitoring asks for. */
  readonly metrics: MetricReader;
  /** What is read a page at a time. */
  readonly lists: LongLists;
  readonly #home: HomeReader;
  readonly #details: RunDetails;
  readonly #pace: PaceReader;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#read = new ReadSide(house);
    this.#commands = new Commands(house);
    this.#overrides = new Overrides(house);
    this.#custody = new Custody(house);
    this.#staging = new Staging(house);
    this.#restores = new Restores(house);
    this.#lists = new RunLists(house);
    this.#pace = new PaceReader(house);
    this.lists = new LongLists(house, this.#pace);
    this.#home = new HomeReader(house);
    this.#details = new RunDetails(house, this.#custody);
    this.metrics = new MetricReader(house, this.#read);
  }

  async status(): Promise<StatusView> {
    const { clock, sessions } = this.#house.context;
    await sessions.refreshed(clock);
    return this.#read.status();
  }

  async sessions(): Promise<readonly SessionView[]> {
    const { sessions } = this.#house.context;
    return sessions.isAny ? (await sessions.read()).map(sessionView) : [];
  }

  jobs(filter: JobFilter): Promise<readonly JobView[]> {
    return Promise.resolve(this.#read.jobs(filter));
  }

  // deno-lint-ignore require-await -- a filter that is none is a rejection, as it is over HTTP
  async runs(asked: RunListAsked): Promise<RunListView> {
    return this.#lists.list(asked);
  }

  home(): Promise<HomeView> {
    return Promise.resolve(this.#home.home());
  }

  filters(): Promise<RunFilters> {
    const { config, context } = this.#house;
    return Promise.resolve({
      equipment: config.equipment.map(({ id }) => id),
      projects: context.queue.runs.projects(MOST_PROJECTS),
    });
  }

  room(): Promise<RoomView> {
    return new RoomReader(this.#house).room();
  }

  pace(): Promise<PaceView> {
    return this.#pace.pace();
  }

  async run(ref: string): Promise<RunDetail> {
    const { clock, sessions } = this.#house.context;
    await sessions.refreshed(clock);
    return await this.#details.run(ref);
  }

  async files(ref: string, asked: FilesAsked): Promise<FilePage> {
    const { id } = await new RunJobs(this.#house).find(ref);
    return await this.#house.context.queue.files(id).page(asked);
  }

  job(ref: string): Promise<JobView> {
    return this.#read.job(ref);
  }

  history(ref: string): Promise<readonly EventView[]> {
    return this.#read.history(ref);
  }

  enqueue(runPath: string): Promise<{ job: JobView; created: boolean }> {
    return this.#commands.enqueue(runPath);
  }

  acquiring(runPath: string): Promise<AcquiringView> {
    return this.#read.acquiring(runPath);
  }

  dismiss(runPath: string): Promise<AcquiringView> {
    return this.#commands.dismiss(runPath);
  }

  complete(runPath: string): Promise<Completed> {
    return this.#commands.complete(runPath);
  }

  retry(ref: string, options?: RetryOptions): Promise<JobView> {
    return this.#commands.retry(ref, options);
  }

  retryAll(): Promise<RetriedAll> {
    return this.#commands.retryAll();
  }

  cancel(ref: string): Promise<JobView> {
    return this.#commands.cancel(ref);
  }

  verify(ref: string): Promise<JobView> {
    return this.#commands.verify(ref);
  }

  pin(ref: string, pinned: boolean): Promise<JobView> {
    return this.#commands.pin(ref, pinned);
  }

  destinationMoved(equipmentId: string): Promise<{ readonly runs: number }> {
    return this.#commands.destinationMoved(equipmentId);
  }

  why(ref: string): Promise<CustodyView> {
    return this.#custody.why(ref);
  }

  // deno-lint-ignore require-await -- no orchestrator is a rejection, as it is over HTTP
  async staged(): Promise<readonly StagedView[]> {
    return this.#staging.list();
  }

  clearStaged(ref: string): Promise<CleanedView> {
    return this.#staging.clear(ref);
  }

  clean(ref: string): Promise<CleanedView> {
    return this.#custody.clean(ref);
  }

  restore(ref: string, options: RestoreOptions = {}): Promise<RestoredView> {
    return this.#restores.restore(ref, options);
  }

  deletable(): Promise<readonly CustodyView[]> {
    return this.#custody.deletable();
  }

  pause(scope: string): Promise<void> {
    return this.#commands.pause(scope);
  }

  resume(scope: string): Promise<void> {
    return this.#commands.resume(scope);
  }

  async problems(): Promise<ProblemsView> {
    const { watch, config, context } = this.#house;
    return watch ? watch.problems : await auditNow(config, context);
  }

  overrides(runPath: string): Promise<readonly ListedOverride[]> {
    return this.#overrides.list(runPath);
  }

  addOverride(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]> {
    return this.#overrides.add(runPath, draft);
  }

  revokeOverride(runPath: string, draft: RevocationDraft): Promise<readonly ListedOverride[]> {
    return this.#overrides.revoke(runPath, draft);
  }
}
