/** Which local copies may go when, which are kept, and what went: read from the queue alone. */
import { deletionPolicy, earliestGoing } from "../custody/mod.ts";
import type { ControlHouse } from "./house.ts";
import { RunJobs } from "./run_jobs.ts";
import type { JobView, StorageView } from "./views.ts";
import { ReadSide } from "./read_side.ts";

export interface RoomView {
  /** As the service last looked. */
  readonly disks: readonly StorageView[];
  /** Local copies are deleted here at all. */
  readonly enabled: boolean;
  /** The longest proven first, capped; nobody keeps or holds them. */
  readonly proven: readonly ProvenCopy[];
  /** Newest first, capped. */
  readonly pinned: readonly JobView[];
  /** Newest first, capped. */
  readonly went: readonly GoneCopy[];
}

export interface ProvenCopy {
  readonly job: JobView;
  /** Not sooner, ISO 8601; null when time alone does not bring it about. */
  readonly from: string | null;
  readonly waitsFor: string | null;
}

export interface GoneCopy {
  readonly job: JobView;
  /** Null for one that was gone before this queue began. */
  readonly at: string | null;
  /** What was freed; null where nobody wrote it down. */
  readonly bytes: number | null;
}

const MOST_PROVEN = 25;
const MOST_WENT = 25;
const MOST_PINNED = 100;

export class RoomReader {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;
  readonly #read: ReadSide;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
    this.#read = new ReadSide(house);
  }

  async room(): Promise<RoomView> {
    const { queue } = this.#house.context;
    return {
      disks: this.#read.storage(),
      enabled: this.#house.config.nasCleanup.enabled,
      proven: await this.#proven(),
      pinned: this.#jobs.views(queue.jobs.pinned(MOST_PINNED)),
      went: this.#went(),
    };
  }

  async #proven(): Promise<ProvenCopy[]> {
    const { config, context, destinations } = this.#house;
    const now = context.clock.now();
    const policy = deletionPolicy(config);
    const found: ProvenCopy[] = [];
    for (const job of context.queue.claims.deletable({ provenBefore: now, limit: MOST_PROVEN })) {
      const destination = destinations.get(job.equipmentId) ?? null;
      const times = await earliestGoing(job, { queue: context.queue, destination, policy, now });
      found.push({ job: this.#jobs.view(job), ...times });
    }
    return found;
  }

  #went(): GoneCopy[] {
    const { queue } = this.#house.context;
    return queue.jobs.list({ states: ["cleaned"], limit: MOST_WENT }).map((job) => {
      const event = queue.timeline.last(job.id, ["cleaned"]);
      const bytes = event?.detail["bytes"];
      return {
        job: this.#jobs.view(job),
        at: event?.at ?? null,
        bytes: typeof bytes === "number" ? bytes : null,
      };
    }).sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
  }
}
