/** Bringing runs back at a person's word. */
import type { Job } from "../queue/mod.ts";
import { allowedPlace, restoreElsewhere, restoreRun } from "../custody/mod.ts";
import type { RestoreOptions } from "./control.ts";
import { broughtView, type RestoredView } from "./custody_views.ts";
import type { ControlHouse } from "./house.ts";
import { personally } from "./person.ts";
import { RunJobs } from "./run_jobs.ts";

export class Restores {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
  }

  async restore(
    ref: string,
    { to = null, only = null }: {
      readonly to?: string | null;
      readonly only?: RestoreOptions["only"] | null;
    },
  ): Promise<RestoredView> {
    const job = await this.#jobs.find(ref);
    const { dispatcher, config } = this.#house;
    const place = await allowedPlace(to, { job, roots: config.restore.roots });
    if (place !== null) {
      const brought = await dispatcher.asked(
        job,
        (work) => restoreElsewhere(job, { ...work, to: place, only }),
      );
      return { job: this.#jobs.viewNow(job), ...broughtView(brought) };
    }
    const pin = (run: Job) =>
      dispatcher.moves.ask(run, { type: "pin", pinned: true }, personally());
    const brought = await dispatcher.asked(job, (work) => restoreRun(job, { ...work, only, pin }));
    // Whole again, it is compared with its far copy once more.
    dispatcher.ring();
    return {
      job: this.#jobs.viewNow(brought.job),
      ...broughtView({ ...brought, to: job.dataDir }),
    };
  }
}
