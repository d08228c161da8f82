/** The queue: one connection, and a part for each thing that is kept in it. */
import { Activity } from "./activity.ts";
import { AheadRuns } from "./ahead.ts";
import { type Clock, LabferryError } from "../base/mod.ts";
import { Claims } from "./claims.ts";
import type { Connection } from "./connection.ts";
import { Destinations } from "./destinations.ts";
import { isDamage } from "./errors.ts";
import * as out from "./export.ts";
import { FarRecords } from "./far_records.ts";
import { RunFiles } from "./files.ts";
import { Jobs } from "./jobs.ts";
import { Meta } from "./meta.ts";
import { Owed } from "./owed.ts";
import { ObservedTimes } from "./observed_time.ts";
import {
  emptyConnection,
  integrityFault,
  leavesTrace,
  openConnection,
  type OpenOptions,
  setAside,
} from "./open.ts";
import { Pace } from "./pace.ts";
import { OriginHashes } from "./origin.ts";
import { Passes } from "./passes.ts";
import { Pauses } from "./pauses.ts";
import { RunList } from "./run_list.ts";
import { Seals } from "./seals.ts";
import { SeenRuns } from "./seen_runs.ts";
import { Storage } from "./storage.ts";
import type { WriteFault } from "./write_fault.ts";
import { Timelines } from "./timelines.ts";

/** A queue that could be opened, maybe after a damaged one was put aside. */
export interface OpenedQueue {
  readonly queue: Queue;
  /** Where the damaged database went, and what was wrong with it. */
  readonly setAside: { readonly path: string; readonly fault: string } | null;
}

export class Queue implements Disposable {
  /** True when the database was missing or empty: rebuild it from the records. */
  readonly created: boolean;
  /** Where the database was kept as an older labferry left it, when this opening changed it. */
  readonly keptAs: string | null;
  /** True when there is no database at that path: this one is empty and goes with the process. */
  readonly isMissing: boolean;
  readonly jobs: Jobs;
  /** Who is next. */
  readonly claims: Claims;
  readonly seals: Seals;
  readonly passes: Passes;
  readonly timeline: Timelines;
  /** What the breakers of the destinations say. */
  readonly destinations: Destinations;
  readonly pauses: Pauses;
  /** Time this service has itself lived through. */
  readonly observedTime: ObservedTimes;
  /** The records over there as this installation last put them. */
  readonly farRecords: FarRecords;
  /** Runs as intake has seen them. */
  readonly seen: SeenRuns;
  /** What was sent of runs that are still being acquired. */
  readonly ahead: AheadRuns;
  /** How much came to the local disks, and how much of it could go. */
  readonly storage: Storage;
  /** Small facts kept with the database. */
  readonly meta: Meta;
  /** Pins that are in no record yet. */
  readonly owedPins: Owed;
  /** Far manifests that are not known to be as the last pass left them. */
  readonly owedManifests: Owed;
  /** Runs as people look through them. */
  readonly runs: RunList;
  /** What happened to all runs, newest first. */
  readonly activity: Activity;
  /** How much came, went and waited over time. */
  readonly pace: Pace;
  readonly #connection: Connection;

  private constructor(
    connection: Connection,
    { created, keptAs = null, isMissing = false }: {
      readonly created: boolean;
      readonly keptAs?: string | null;
      readonly isMissing?: boolean;
    },
  ) {
    this.#connection = connection;
    this.jobs = new Jobs(connection);
    this.claims = new Claims(connection);
    this.seals = new Seals(connection);
    this.passes = new Passes(connection);
    this.timeline = new Timelines(connection);
    this.destinations = new Destinations(connection);
    this.pauses = new Pauses(connection);
    this.observedTime = new ObservedTimes(connection);
    this.farRecords = new FarRecords(connection);
    this.seen = new SeenRuns(connection);
    this.ahead = new AheadRuns(connection);
    this.storage = new Storage(connection);
    this.meta = new Meta(connection);
    this.owedPins = new Owed(connection, "pin");
    this.owedManifests = new Owed(connection, "manifest");
    this.runs = new RunList(connection);
    this.activity = new Activity(connection);
    this.pace = new Pace(connection);
    this.created = created;
    this.keptAs = keptAs;
    this.isMissing = isMissing;
  }

  /**
   * Opens the database, making it (0600) when it is missing; its folder must exist.
   * @throws {LabferryError} `queue_newer`, `queue_older`, `queue_missing`, `queue_foreign`,
   * `queue_locked`, `queue_read_only`, `queue_unreadable`, `queue_damaged`, `queue_full_disk`.
   */
  static open(path: string, options: OpenOptions = {}): Queue {
    const { connection, ...opened } = openConnection(path, options);
    return new Queue(connection, opened);
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
      return new Queue(connection, { created: true, isMissing: true });
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

  /** Why the database cannot be written, while it cannot. */
  get writeFault(): WriteFault | null {
    return this.#connection.writeFaults.now;
  }

  get clock(): Clock {
    return this.#connection.clock;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /**
   * Several calls as one: all are committed together, or none. `work` must not be async. With
   * `flush: false` a power cut may take it back, as `Connection.transaction` says.
   */
  together<T>(work: () => T, options: { readonly flush?: boolean } = {}): T {
    return this.#connection.transaction(work, options);
  }

  /** Checks the whole database; null when it is sound. Slow when it is large. */
  integrityFault(): string | null {
    return integrityFault(this.#connection);
  }

  /** The sealed list of one run. */
  files(jobId: string): RunFiles {
    return new RunFiles(this.#connection, jobId);
  }

  /** What a run's instrument states of its files. */
  origin(jobId: string): OriginHashes {
    return new OriginHashes(this.#connection, jobId);
  }

  /** Lines of JSON; see `docs/formats.md`. */
  exportQueue(options: { readonly files?: boolean } = {}): AsyncIterable<string> {
    return out.exportQueue(this.#connection, options);
  }
  backup(path: string): Promise<void> {
    return out.backupTo(this.#connection, path);
  }
}
