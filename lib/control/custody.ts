/** Why a local copy is still here, and letting go of it at a person's word. */
import {
  type CustodyFacts,
  deletionPolicy,
  gatherFacts,
  letGo,
  mayDelete,
} from "../custody/mod.ts";
import type { Job } from "../queue/mod.ts";
import { type CleanedView, type CustodyView, custodyView } from "./custody_views.ts";
import type { ControlHouse } from "./house.ts";
import { RunJobs } from "./run_jobs.ts";

/** Runs that `clean --dry-run` and the page list. */
const MOST_LISTED = 200;

export class Custody {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
  }

  async why(ref: string): Promise<CustodyView> {
    return await this.#view(await this.#jobs.find(ref));
  }

  async clean(ref: string): Promise<CleanedView> {
    const job = await this.#jobs.find(ref);
    const { dispatcher, held } = this.#house;
    const heldBy = held?.(job) ?? null;
    if (heldBy !== null) return this.#kept(job, heldBy);
    const facts = await this.#facts(job);
    const verdict = mayDelete(facts);
    if (!verdict.isWorthLooking) return this.#kept(job, verdict.reason);
    const outcome = await dispatcher.asked(
      job,
      (work) =>
        letGo(job, {
          ...work,
          policy: facts.policy,
          retainCache: this.#house.config.nasCleanup.retainCache,
          ...(held ? { held } : {}),
        }),
    );
    if (outcome.kind === "kept") return this.#kept(outcome.job, outcome.reason);
    const { files, bytes, recordsStay } = outcome;
    const reason = recordsStay === null ? null : `its records stay here: ${recordsStay}`;
    return { job: this.#jobs.viewNow(outcome.job), outcome: "cleaned", reason, files, bytes };
  }

  async deletable(): Promise<readonly CustodyView[]> {
    const { context } = this.#house;
    const jobs = context.queue.claims.deletable({
      provenBefore: context.clock.now(),
      limit: MOST_LISTED,
    });
    const views: CustodyView[] = [];
    for (const job of jobs) views.push(await this.#view(job));
    return views;
  }

  #kept(job: Job, reason: string | null): CleanedView {
    const why = reason ?? "an interlock does not hold";
    return { job: this.#jobs.viewNow(job), outcome: "kept", reason: why, files: 0, bytes: 0 };
  }

  async #view(job: Job): Promise<CustodyView> {
    const facts = await this.#facts(job);
    return custodyView({
      job: this.#jobs.viewNow(job),
      verdict: mayDelete(facts),
      enabled: facts.policy.enabled,
      observedMs: facts.observedMs,
      local: facts.local,
    });
  }

  #facts(job: Job): Promise<CustodyFacts> {
    const { config, context, destinations, held } = this.#house;
    return gatherFacts(job, {
      context,
      destination: destinations.get(job.equipmentId) ?? null,
      policy: deletionPolicy(config),
      signal: AbortSignal.timeout(GATHER_MS),
      ...(held ? { held } : {}),
    });
  }
}

/** The gate reads the run's tree for it. */
const GATHER_MS = 60_000;
