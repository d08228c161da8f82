/** A run's job as people name it, and as they see it. */
import { basename, isAbsolute, resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { knownRunPath } from "../intake/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { isStaged } from "../sync/mod.ts";
import type { ControlHouse } from "./house.ts";
import { type JobView, jobView, type OutsideHold } from "./views.ts";

/** Paths of runs that a person may have meant. */
const MOST_MEANT = 3;

export class RunJobs {
  readonly #house: ControlHouse;

  constructor(house: ControlHouse) {
    this.#house = house;
  }

  /**
   * By id, the beginning of one, or a path, which may lead over links.
   *
   * @throws LabferryError `unknown_run`, `ambiguous_job`
   */
  async find(ref: string): Promise<Job> {
    const { queue } = this.#house.context;
    const path = this.#absolute(ref);
    const job = queue.jobs.find(ref) ??
      // The queue knows a run by its path without links; a configuration may say it with them.
      (path && (queue.jobs.byRun(path) ?? queue.jobs.byRun(await knownRunPath(path))));
    if (job) return job;
    throw unknownRun(ref, queue);
  }

  /** The folder that a service was started in is nobody's: there only whole paths are paths. */
  #absolute(ref: string): string | null {
    const { cwd } = this.#house;
    return cwd === undefined && !isAbsolute(ref) ? null : resolve(cwd ?? "", ref);
  }

  view(job: Job): JobView {
    return this.#view(job, this.outsideHold(job));
  }

  /** A page of them: what holds an instrument's runs from outside is asked once an instrument. */
  views(jobs: readonly Job[]): JobView[] {
    const holds = new Map<string, OutsideHold | null>();
    return jobs.map((job) => {
      const { equipmentId } = job;
      if (!holds.has(equipmentId)) holds.set(equipmentId, this.outsideHold(job));
      return this.#view(job, holds.get(equipmentId) ?? null);
    });
  }

  #view(job: Job, outside: OutsideHold | null): JobView {
    return jobView(job, { outside, isStaged: isStaged(job, this.#house.context) });
  }

  /** As it is in the queue now, after whatever was asked for. */
  viewNow(job: Job): JobView {
    return this.view(this.#house.context.queue.jobs.byId(job.id) ?? job);
  }

  outsideHold({ equipmentId }: Pick<Job, "equipmentId">): OutsideHold | null {
    const { queue } = this.#house.context;
    if (queue.pauses.isPaused(equipmentId)) {
      return { hold: "paused", reason: `${equipmentId} is paused`, hint: null, nextTryAt: null };
    }
    const { waitsFor = null } = this.#house.yielding?.standing ?? {};
    if (waitsFor !== null) {
      return { hold: "paused", reason: `waiting: ${waitsFor}`, hint: null, nextTryAt: null };
    }
    const state = queue.destinations.byName(this.#house.destinations.get(equipmentId)?.name ?? "");
    if (state?.state !== "down") return null;
    return {
      hold: "destination",
      reason: state.reason ?? "the destination is not available",
      hint: state.hint,
      nextTryAt: state.nextProbeAt,
    };
  }
}

export function unknownRun(ref: string, queue: Pick<Queue, "jobs">): LabferryError {
  const meant = queue.jobs.named(basename(ref), MOST_MEANT).map(({ runPath }) => runPath);
  return new LabferryError("unknown_run", `${ref} is not in the queue`, {
    why: "it is no job id, no beginning of one, and no path of a run that was enqueued",
    hint: meant.length > 0
      ? `of that name there is ${meant.join(", and ")}`
      : "`labferry queue list` shows what is; `labferry enqueue` takes a run in",
  });
}
