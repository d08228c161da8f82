/** A run's job as people name it, and as they see it. */
import { resolve } from "node:path";
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import { isTakenOver } from "../sync/mod.ts";
import type { ControlHouse } from "./house.ts";
import { type JobView, jobView, type OutsideHold } from "./views.ts";

export class RunJobs {
  readonly #house: ControlHouse;

  constructor(house: ControlHouse) {
    this.#house = house;
  }

  /** @throws LabferryError `unknown_run`, `ambiguous_job` */
  find(ref: string): Job {
    const { queue } = this.#house.context;
    const job = queue.jobs.find(ref) ?? queue.jobs.byRun(resolve(ref));
    if (job) return job;
    throw unknownRun(ref);
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
    const { staged, queue } = this.#house.context;
    const isStaged = staged.has(job.equipmentId) && !isTakenOver(job, queue);
    return jobView(job, { outside, isStaged });
  }

  /** As it is in the queue now, after whatever was asked for. */
  viewNow(job: Job): JobView {
    return this.view(this.#house.context.queue.jobs.byId(job.id) ?? job);
  }

  outsideHold({ equipmentId }: Job): OutsideHold | null {
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

export function unknownRun(ref: string): LabferryError {
  return new LabferryError("unknown_run", `${ref} is not in the queue`, {
    why: "it is no job id, no beginning of one, and no path of a run that was enqueued",
    hint: "`labferry queue list` shows what is; `labferry enqueue` takes a run in",
  });
}
