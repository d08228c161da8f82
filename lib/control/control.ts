/**
 * What a person or a script can ask of labferry. The daemon answers over HTTP, and where no daemon
 * holds the state directory the command line answers itself from the queue: both are a `Control`,
 * so no command needs to know which one it talks to.
 */
import type { CleanedView, CustodyView, RestoredView } from "./custody_views.ts";
import type { SessionView } from "./session_view.ts";
import type { StagedView } from "./staged_view.ts";
import type { AcquiringView, EventView, JobView, StatusView } from "./views.ts";

export interface JobFilter {
  readonly states?: readonly string[];
  readonly equipmentId?: string;
  readonly limit?: number;
  /** The id of the last job of the page before; `unknown_run` when there is no such job. */
  readonly after?: string;
}

export interface RetryOptions {
  readonly acceptMissing?: {
    readonly operator: string;
    readonly reason: string;
    /** As in `AcceptanceOf`. */
    readonly shown?: string;
  };
}

export interface Completed {
  /** Null while the service waits for quiet. */
  readonly job: JobView | null;
  readonly created: boolean;
  /** Seconds without change that the service waits for. */
  readonly settle_seconds: number;
}

export interface RetriedAll {
  readonly jobs: readonly JobView[];
  /** Failed for files that are lost: each needs a word of its own. */
  readonly skipped: readonly JobView[];
}

export interface RestoreOptions {
  /** An absolute folder that becomes the run's; without it the run's own place. */
  readonly to?: string;
  /** Patterns of paths below the run; without them all files. */
  readonly only?: readonly string[];
}

export interface Control {
  status(): Promise<StatusView>;
  jobs(filter: JobFilter): Promise<readonly JobView[]>;
  /** `ref` is a job id, an unambiguous beginning of one, or a run's path; `unknown_run` otherwise. */
  job(ref: string): Promise<JobView>;
  history(ref: string): Promise<readonly EventView[]>;
  /** Takes the run into the queue, or again when its data changed; `created` is false when it was known. */
  enqueue(runPath: string): Promise<{ readonly job: JobView; readonly created: boolean }>;
  /**
   * A person says that the run is complete. A service that looks at it takes it as soon as it is quiet
   * (`job` is null until then); otherwise it is enqueued now.
   */
  complete(runPath: string): Promise<Completed>;
  /**
   * A run that was seen and is not in the queue as it is now, also one that is left alone because it lay
   * there before. @throws LabferryError `unknown_run`
   */
  acquiring(runPath: string): Promise<AcquiringView>;
  /**
   * A person says that a run which never became complete is to be left alone as it is. What is written
   * in it later makes it news again. @throws LabferryError `not_found` for a run that nobody waits for
   */
  dismiss(runPath: string): Promise<AcquiringView>;
  /**
   * Tries it again. Without `acceptMissing` a run that failed for missing files fails again: that it
   * may go on without them is a person's word, with a name and a reason (`nothing_to_accept` when
   * there is nothing to say it of).
   */
  retry(ref: string, options?: RetryOptions): Promise<JobView>;
  /** All failed and waiting jobs but those that need a word; destinations that are down are asked. */
  retryAll(): Promise<RetriedAll>;
  cancel(ref: string): Promise<JobView>;
  /** One pass now; resolves when it has been asked for (over HTTP) with the job as it is then. */
  verify(ref: string): Promise<JobView>;
  pin(ref: string, pinned: boolean): Promise<JobView>;
  /** What stands between the run and the deletion of its local copy, looked at now. */
  why(ref: string): Promise<CustodyView>;
  /** Lets go of its local copy now, if every interlock holds; `kept` says which does not. */
  clean(ref: string): Promise<CleanedView>;
  /**
   * Brings it back, compared file by file, over nothing that is here. To its own place it is pinned
   * first; `to` has to be below `restore.roots` (`restore_elsewhere`).
   */
  restore(ref: string, options?: RestoreOptions): Promise<RestoredView>;
  /** Runs that nobody keeps and whose age would let them go, the longest proven first; capped. */
  deletable(): Promise<readonly CustodyView[]>;
  /**
   * The equipment's destination is at the address that the configuration has now; returns how many runs
   * are to be proven there.
   */
  destinationMoved(equipmentId: string): Promise<{ readonly runs: number }>;
  /** How acquisitions over several PCs stand, the newest first; what the other PCs say is read now. */
  sessions(): Promise<readonly SessionView[]>;
  /** What other PCs have pushed to this orchestrator; `usage` where it is none. */
  staged(): Promise<readonly StagedView[]>;
  /** Clears a received run from the staging area, if every interlock holds; `kept` says which does not. */
  clearStaged(ref: string): Promise<CleanedView>;
  /** `scope` is an equipment id or `*`. */
  pause(scope: string): Promise<void>;
  resume(scope: string): Promise<void>;
}
