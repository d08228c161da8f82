/** The queue's face: one connection, and every duty in a file of its own behind it. */
import { type Clock, LabferryError } from "../base/mod.ts";
import * as claim from "./claim.ts";
import type { Connection } from "./connection.ts";
import * as destinations from "./destinations.ts";
import { isDamage } from "./errors.ts";
import * as events from "./events.ts";
import * as out from "./export.ts";
import { addFromManifest, FarLook, refreshTotals } from "./far_look.ts";
import * as farRecords from "./far_records.ts";
import * as files from "./files.ts";
import { generationsOf } from "./generations.ts";
import * as jobs from "./jobs.ts";
import * as meta from "./meta.ts";
import * as observed from "./observed_time.ts";
import {
  emptyConnection,
  integrityFault,
  leavesTrace,
  openConnection,
  type OpenOptions,
  setAside,
} from "./open.ts";
import * as passes from "./passes.ts";
import * as pauses from "./pauses.ts";
import { sealFromManifest, type SealOptions, type TakeSeal } from "./seal_apply.ts";
import { forgetSealRounds, SealRound } from "./seal_round.ts";
import type { EventKind, JobEvent, JobEventDraft } from "./timeline.ts";
import * as transitions from "./transitions.ts";
import type {
  DestinationState,
  FarHash,
  FileState,
  Generation,
  HashedFile,
  Hold,
  Job,
  JobChange,
  JobState,
  NewJob,
  Pass,
  PassSummary,
  Pause,
} from "./types.ts";

/** A queue that could be opened, maybe after a damaged one was put aside. */
export interface OpenedQueue {
  readonly queue: Queue;
  /** Where the damaged database went, and what was wrong with it. */
  readonly setAside: { readonly path: string; readonly fault: string } | null;
}

/** More than ever run at once: a page of a process's transfers. */
const MOST_RUNNING = 1_000;

/** The identity of a job and what a transition must find unchanged. */
type JobAsRead = Pick<Job, "id" | "state" | "generation" | "hold">;
type PassRef = Pick<Pass, "id" | "jobId">;

export class Queue implements Disposable {
  /** True when the database was missing or empty: rebuild it from the records. */
  readonly created: boolean;
  /** True when there is no database at that path: this one is empty and goes with the process. */
  readonly isMissing: boolean;
  readonly #connection: Connection;

  private constructor(
    connection: Connection,
    created: boolean,
    { isMissing = false }: { readonly isMissing?: boolean } = {},
  ) {
    this.#connection = connection;
    this.created = created;
    this.isMissing = isMissing;
  }

  /**
   * Opens the database, making it (0600) when it is missing; its folder must exist.
   * @throws {LabferryError} `queue_newer`, `queue_older`, `queue_missing`, `queue_foreign`,
   * `queue_locked`, `queue_read_only`, `queue_unreadable`, `queue_damaged`, `queue_full_disk`.
   */
  static open(path: string, options: OpenOptions = {}): Queue {
    const { connection, created } = openConnection(path, options);
    return new Queue(connection, created);
  }

  /**
   * For a question: never makes the database. A missing one is answered by an empty queue that is
   * written nowhere (`isMissing`); one of an older labferry, which is there, is brought up to date.
   * @throws {LabferryError} as `open`
   */
  static openToRead(path: string, options: { readonly clock?: Clock } = {}): Queue {
    try {
      return Queue.open(path, { ...options, readOnly: true });
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      if (error.code === "queue_older") return Queue.open(path, options);
      if (error.code !== "queue_missing") throw error;
      const { connection } = emptyConnection(options);
      return new Queue(connection, true, { isMissing: true });
    }
  }

  /**
   * Like `open`, but a damaged database is renamed to `<name>.damaged-<UTC>` and a new one made. Only
   * for the process that holds the state directory: nobody else may have it open.
   */
  static openOrSetAside(path: string, options: { readonly clock?: Clock } = {}): OpenedQueue {
    try {
      return { queue: Queue.open(path, options), setAside: null };
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = setAside(path, options.clock);
      const queue = Queue.open(path, options);
      return { queue, setAside: { path: aside, fault: error.message } };
    }
  }

  /**
   * Puts the database away under another name, for a rebuild; null when there is none. As for
   * `openOrSetAside`, nobody may have it open.
   */
  static setAside(path: string, options: { readonly clock?: Clock } = {}): string | null {
    return leavesTrace(path) ? setAside(path, options.clock) : null;
  }

  get clock(): Clock {
    return this.#connection.clock;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Several calls as one: all are committed together, or none. `work` must not be async. */
  together<T>(work: () => T): T {
    return this.#connection.transaction(work);
  }

  /** Checks the whole database; null when it is sound. Slow when it is large. */
  integrityFault(): string | null {
    return integrityFault(this.#connection);
  }

  // Jobs

  enqueue(newJob: NewJob): { readonly job: Job; readonly created: boolean } {
    return jobs.enqueue(this.#connection, newJob);
  }
  job(id: string): Job | null {
    return jobs.jobById(this.#connection, id);
  }
  jobByRun(runPath: string): Job | null {
    return jobs.jobByRun(this.#connection, runPath);
  }
  /** By id, by the beginning of an id, or by run path; throws `ambiguous_job`. */
  findJob(ref: string): Job | null {
    return jobs.findJob(this.#connection, ref);
  }
  /** Newest first, a page at a time. */
  jobs(query: jobs.JobsQuery): Job[] {
    return jobs.listJobs(this.#connection, query);
  }
  /** Jobs held for one reason, at most `limit`. */
  heldJobs(hold: Hold, limit: number): Job[] {
    return jobs.heldJobs(this.#connection, hold, limit);
  }
  counts(): Record<JobState, number> {
    return jobs.countByState(this.#connection);
  }
  /** Cleaned runs that this queue has seen no pass of. */
  unprovenCount(): number {
    return jobs.countUnproven(this.#connection);
  }
  /** Runs of these equipment that are proven and still here. */
  provenCount(equipmentIds: readonly string[]): number {
    return jobs.countProven(this.#connection, equipmentIds);
  }
  holdCounts(): Record<Hold, number> {
    return jobs.countByHold(this.#connection);
  }
  generations(jobId: string): Generation[] {
    return generationsOf(this.#connection, jobId);
  }

  // Who is next

  /** The next due job of a push; it stays `queued`. */
  nextReady(request: claim.ClaimRequest): Job | null {
    return claim.nextReady(this.#connection, request);
  }
  /** What a stop, a crash or a lost step left `running`. */
  runningJobs(): Job[] {
    return jobs.listJobs(this.#connection, { states: ["running"], limit: MOST_RUNNING });
  }
  /** The next job that waits for its pass and is not `busy`; it stays `awaiting_verify`. */
  claimVerify(
    request: { readonly equipment: readonly string[]; readonly busy?: ReadonlySet<string> },
  ): Job | null {
    return claim.claimVerify(this.#connection, request);
  }
  /** Jobs of one state whose `nextAttemptAt` has come: later passes, scrubs. */
  dueJobs(request: { readonly state: JobState; readonly limit: number }): Job[] {
    return claim.dueJobs(this.#connection, request);
  }
  /** When the next job falls due, for the scheduler's sleep. */
  nextDueAt(states?: readonly JobState[]): string | null {
    return claim.nextDueAt(this.#connection, states);
  }

  // Moving

  /** Null when the job has moved since `job` was read; then nothing was written. */
  transition(job: JobAsRead, change: JobChange, event: JobEventDraft): Job | null {
    return transitions.transition(this.#connection, job, { change, event });
  }
  /** An event that moves nothing. */
  note(jobId: string, event: JobEventDraft): Job | null {
    return transitions.note(this.#connection, jobId, event);
  }
  /** At start: half-made seals of a process that is gone. */
  forgetSealRounds(): void {
    forgetSealRounds(this.#connection);
  }

  // Timeline

  events(
    jobId: string,
    options: { readonly afterSeq?: number; readonly limit?: number } = {},
  ): JobEvent[] {
    return events.eventsOfJob(this.#connection, jobId, options);
  }
  /** The last event of the run that is one of `kinds`. */
  lastEvent(jobId: string, kinds: readonly EventKind[]): JobEvent | null {
    return events.lastEvent(this.#connection, jobId, kinds);
  }
  /** A run's events of its present generation that are one of `kinds`, oldest first. */
  eventsOfGeneration(job: Pick<Job, "id" | "generation">, kinds: readonly EventKind[]): JobEvent[] {
    return events.eventsOfGeneration(this.#connection, job, kinds);
  }
  eventsAfter(seq: number, limit: number): JobEvent[] {
    return events.eventsAfter(this.#connection, seq, limit);
  }
  cursor(name: string): number {
    return events.cursor(this.#connection, name);
  }
  setCursor(name: string, seq: number): void {
    events.setCursor(this.#connection, name, seq);
  }

  // Sealing and files

  /** Begins a walk; dispose of the round when it ends without a commit. */
  beginSeal(jobId: string): SealRound {
    return new SealRound(this.#connection, jobId);
  }
  /** Rebuild only: seals a cleaned run by its manifest, with nothing on the local disk. */
  sealFromManifest(
    jobId: string,
    manifest: {
      readonly files: Iterable<
        { readonly path: string; readonly sizeBytes: number; readonly sha256: string }
      >;
      readonly options: SealOptions;
      readonly take: TakeSeal;
    },
  ): Job {
    return sealFromManifest(this.#connection, jobId, manifest);
  }
  /** Sorted by the path's bytes, constant memory, to be walked again and again. */
  files(jobId: string, filter?: files.FileFilter): Iterable<FileState> {
    return files.files(this.#connection, jobId, filter);
  }
  countFiles(
    jobId: string,
    filter: Extract<files.FileFilter, string>,
  ): { readonly files: number; readonly bytes: number } {
    return files.countFiles(this.#connection, jobId, filter);
  }
  /** True when the sealed list has a file of that name. */
  hasFile(jobId: string, path: string): boolean {
    return files.hasFile(this.#connection, jobId, path);
  }

  /** In the list, and on the local disk when it was last walked. */
  isHere(jobId: string, path: string): boolean {
    return files.isHere(this.#connection, jobId, path);
  }
  emptyDirs(jobId: string): Iterable<string> {
    return files.emptyDirs(this.#connection, jobId);
  }
  /** Stores hashes of files that had none; a known hash is never replaced. */
  setHashes(jobId: string, batch: readonly HashedFile[]): files.HashesSet {
    return files.setHashes(this.#connection, jobId, batch);
  }
  setSent(jobId: string, paths: readonly string[]): number {
    return files.setSent(this.#connection, jobId, { paths, sent: true });
  }
  setUnsent(jobId: string, paths: readonly string[]): number {
    return files.setSent(this.#connection, jobId, { paths, sent: false });
  }
  setAllSent(jobId: string): number {
    return files.setAllSent(this.#connection, jobId);
  }

  // The far folder, before a push

  /** Begins a look; `keyOf` makes names comparable as the place compares them. */
  beginLook(jobId: string, keyOf: (path: string) => string): FarLook {
    return new FarLook(this.#connection, jobId, keyOf);
  }
  /** From now on whatever stands under the unsent names may be ours. */
  claimFarNames(jobId: string): number {
    return files.claimFarNames(this.#connection, jobId);
  }
  /** Files that an old far manifest names and the list does not; returns how many were added. */
  addFromManifest(
    jobId: string,
    listed: readonly {
      readonly path: string;
      readonly sizeBytes: number;
      readonly sha256: string;
    }[],
  ): number {
    return addFromManifest(this.#connection, jobId, listed);
  }
  /** What the present files have in common with those that were proven or named before. */
  sharedWithOlder(jobId: string): { readonly bytes: number; readonly names: number } {
    return files.sharedWithOlder(this.#connection, jobId);
  }
  refreshTotals(jobId: string): void {
    refreshTotals(this.#connection, jobId);
  }
  /** SHA-256 of the records as this installation last put them, by far path. */
  farRecords(destinationUuid: string, paths: readonly string[]): Map<string, string> {
    return farRecords.farRecords(this.#connection, destinationUuid, paths);
  }
  setFarRecords(destinationUuid: string, hashes: ReadonlyMap<string, string>): void {
    farRecords.setFarRecords(this.#connection, destinationUuid, hashes);
  }

  // Passes

  /** Begins a pass of this generation at this place; an interrupted one is abandoned. */
  beginPass(job: Pick<Job, "id" | "generation">, place: passes.PassPlace): Pass {
    return passes.beginPass(this.#connection, job, place);
  }
  unhashedInPass(pass: PassRef): Iterable<FileState> {
    return passes.unhashedInPass(this.#connection, pass);
  }
  /** Nothing that was seen over there before counts any more. */
  forgetFarResults(jobId: string): number {
    return passes.forgetFarResults(this.#connection, jobId);
  }
  recordFar(pass: PassRef, batch: readonly FarHash[]): string[] {
    return passes.recordFar(this.#connection, pass, batch);
  }
  passSummary(pass: PassRef): PassSummary {
    return passes.passSummary(this.#connection, pass);
  }
  /** Throws `pass_incomplete` rather than let a pass claim more than was compared. */
  closePass(pass: PassRef, end: passes.PassEnd): Pass {
    return passes.closePass(this.#connection, pass, end);
  }
  /** An open pass's findings, taken as what is over there: equal files count as sent. */
  adoptFar(pass: PassRef): void {
    passes.adoptFar(this.#connection, pass);
  }
  passes(jobId: string, generation?: number): Pass[] {
    return passes.passesOf(this.#connection, jobId, generation);
  }

  // Around

  destinations(): DestinationState[] {
    return destinations.listDestinations(this.#connection);
  }
  destination(name: string): DestinationState | null {
    return destinations.destinationByName(this.#connection, name);
  }
  setDestination(state: DestinationState): void {
    destinations.setDestination(this.#connection, state);
  }
  pauses(): Pause[] {
    return pauses.listPauses(this.#connection);
  }
  pause(request: pauses.PauseRequest): void {
    pauses.pause(this.#connection, request);
  }
  resume(scope: string): boolean {
    return pauses.resume(this.#connection, scope);
  }
  /** True when this equipment, or everything, is paused. */
  isPaused(equipmentId: string): boolean {
    const scopes = pauses.pausedScopes(this.#connection);
    return scopes.has("*") || scopes.has(equipmentId);
  }
  observedMs(): number {
    return observed.observedMs(this.#connection);
  }
  addObserved(elapsedMs: number): number {
    return observed.addObserved(this.#connection, elapsedMs);
  }

  // Out

  /** Lines of JSON; see `docs/formats.md`. */
  exportQueue(options: { readonly files?: boolean } = {}): Iterable<string> {
    return out.exportQueue(this.#connection, options);
  }
  /** A small fact kept with the database; null when it was never set. */
  meta(key: string): string | null {
    return meta.meta(this.#connection, key);
  }
  forgetMeta(key: string): void {
    meta.forgetMeta(this.#connection, key);
  }
  setMeta(key: string, value: string): void {
    meta.setMeta(this.#connection, key, value);
  }
  backup(path: string): Promise<void> {
    return out.backupTo(this.#connection, path);
  }
}
