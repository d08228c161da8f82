/**
 * What is read a page at a time, because there may be a million of it: runs, a run's files, what
 * happened. And the disks, with what went of them.
 */
import type { ActivityAsked, FilesAsked, FileState, RunEvent } from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import type { PaceReader } from "./pace_reader.ts";
import type { PaceView } from "./pace_view.ts";
import { ReadSide } from "./read_side.ts";
import { type RunListAsked, RunLists, type RunListView } from "./run_list.ts";
import { RunJobs } from "./run_jobs.ts";
import { type EventView, eventView, type JobView, type StorageView } from "./views.ts";

/** An event with the run that it happened to. */
export interface ActivityView extends EventView {
  readonly job_id: string;
  readonly run_path: string;
  readonly equipment_id: string;
}

export interface FileView {
  /** Below the run, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly modified_at: string;
  readonly sha256: string | null;
  /** `gone`: it was proven, and is not on this disk any more. */
  readonly local: "here" | "gone";
  /** These very bytes were compared over there. */
  readonly proven: boolean;
  readonly generation: number;
}

export interface FilesView {
  readonly files: readonly FileView[];
  /** The path behind which the next page begins; null at the end. */
  readonly next: string | null;
  /** A search looked at many and no further: there may be more behind `next`. */
  readonly is_cut_short: boolean;
}

export interface ActivityListView {
  readonly events: readonly ActivityView[];
  /** The event before which the next page begins; null at the beginning of all. */
  readonly next: number | null;
}

export interface StorageListView {
  /** Empty when no service looks. */
  readonly disks: readonly StorageView[];
  /** Runs whose local copies went, the newest first; capped. */
  readonly went: readonly JobView[];
}

/** What an activity is asked for; `run` is a job's id, a beginning of one, or a path. */
export type ActivityFilter = Omit<ActivityAsked, "jobId"> & { readonly run?: string };

/** Runs in `StorageListView.went`. */
const MOST_WENT = 50;

export class LongLists {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;
  readonly #runs: RunLists;
  readonly #read: ReadSide;
  readonly #pace: Pick<PaceReader, "pace">;

  constructor(house: ControlHouse, pace: Pick<PaceReader, "pace">) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
    this.#runs = new RunLists(house);
    this.#read = new ReadSide(house);
    this.#pace = pace;
  }

  /** How much came, went and waited over time. */
  pace(): Promise<PaceView> {
    return this.#pace.pace();
  }

  runs(asked: RunListAsked): RunListView {
    return this.#runs.list(asked);
  }

  /** @throws LabferryError `unknown_run`, `ambiguous_job` */
  async files(ref: string, asked: FilesAsked): Promise<FilesView> {
    const { id } = await this.#jobs.find(ref);
    const { files, next, isCutShort } = await this.#house.context.queue.files(id).page(asked);
    return { files: files.map(fileView), next, is_cut_short: isCutShort };
  }

  /** @throws LabferryError `unknown_run`, `ambiguous_job` */
  async activity({ run, ...asked }: ActivityFilter): Promise<ActivityListView> {
    const job = run === undefined ? {} : { jobId: (await this.#jobs.find(run)).id };
    const { events, next } = await this.#house.context.queue.activity.page({ ...asked, ...job });
    return { events: events.map(activityView), next };
  }

  storage(): StorageListView {
    const went = this.#read.jobs({ states: ["cleaned"], limit: MOST_WENT });
    return { disks: this.#read.storage(), went };
  }
}

function activityView(event: RunEvent): ActivityView {
  const { jobId, runPath, equipmentId } = event;
  return { ...eventView(event), job_id: jobId, run_path: runPath, equipment_id: equipmentId };
}

function fileView(file: FileState): FileView {
  const { path, sizeBytes, mtimeMs, sha256, provenSha256, localMissing, generation } = file;
  return {
    path,
    bytes: sizeBytes,
    modified_at: instantOf(mtimeMs),
    sha256,
    local: localMissing ? "gone" : "here",
    proven: provenSha256 !== null && provenSha256 === sha256,
    generation,
  };
}

/** A file may carry a time that no calendar has. */
function instantOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
