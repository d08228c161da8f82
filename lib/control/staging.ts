/** An orchestrator's staging area: what was received, how far it is, and clearing it. */
import { LabferryError } from "../base/mod.ts";
import { gatherFacts, mayDelete } from "../custody/mod.ts";
import { JOB_STATES } from "../queue/mod.ts";
import { clearingPolicy, clearRun, ingestStateOf, type StagingArea } from "../staging/mod.ts";
import type { CleanedView } from "./custody_views.ts";
import type { ControlHouse } from "./house.ts";
import { RunJobs } from "./run_jobs.ts";
import type { StagedView } from "./staged_view.ts";

const PAGE = 500;
/** Received runs that are listed. */
const MOST_LISTED = 5_000;
/** The gate reads the run's tree for it. */
const GATHER_MS = 60_000;

export class Staging {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
  }

  /** What is still arriving first, then the newest. */
  list(): readonly StagedView[] {
    const area = this.#area();
    const { queue } = this.#house.context;
    const arriving = queue.seen.waiting(MOST_LISTED)
      .filter((row) => area.holds(row) && !queue.jobs.byRun(row.runPath))
      .map(({ runPath, equipmentId, files, bytes, firstSeenAt, waitsFor }): StagedView => ({
        run_path: runPath,
        equipment_id: equipmentId,
        state: "staging",
        files,
        bytes,
        since: firstSeenAt,
        waits_for: waitsFor,
        job: null,
      }));
    return [...arriving, ...this.#inQueue(area)].slice(0, MOST_LISTED);
  }

  /** @throws LabferryError `not_a_run` for one that was not received, and as `clearRun` */
  async clear(ref: string): Promise<CleanedView> {
    const job = await this.#jobs.find(ref);
    const { config, context, destinations, dispatcher } = this.#house;
    if (!this.#area().holds(job)) {
      throw new LabferryError("not_a_run", "The run is not in the staging area", {
        path: job.runPath,
        why: `the staging area is ${this.#area().root}`,
        hint: "`labferry staging list` shows what is; other local copies go with `labferry clean`",
      });
    }
    const policy = clearingPolicy(config, { minAgeHours: 0 });
    const facts = await gatherFacts(job, {
      context,
      destination: destinations.get(job.equipmentId) ?? null,
      policy,
      signal: AbortSignal.timeout(GATHER_MS),
    });
    const verdict = mayDelete(facts);
    if (!verdict.isWorthLooking) return this.#kept(ref, verdict.reason);
    const outcome = await dispatcher.asked(job, (work) => clearRun(job, { ...work, policy }));
    if (outcome.kind === "kept") return this.#kept(ref, outcome.reason);
    const { files, bytes } = outcome;
    return {
      job: this.#jobs.viewNow(outcome.job),
      outcome: "cleaned",
      reason: null,
      files,
      bytes,
    };
  }

  async #kept(ref: string, reason: string | null): Promise<CleanedView> {
    const why = reason ?? "an interlock does not hold";
    const job = this.#jobs.view(await this.#jobs.find(ref));
    return { job, outcome: "kept", reason: why, files: 0, bytes: 0 };
  }

  *#inQueue(area: StagingArea): Generator<StagedView> {
    let after: string | undefined;
    while (true) {
      const page = this.#house.context.queue.jobs.list({
        states: JOB_STATES,
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const job of page) {
        if (!area.holds(job)) continue;
        yield {
          run_path: job.runPath,
          equipment_id: job.equipmentId,
          state: ingestStateOf(job) ?? "cleared",
          files: job.files,
          bytes: job.bytes,
          since: job.updatedAt,
          waits_for: null,
          job: this.#jobs.view(job),
        };
      }
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  #area(): StagingArea {
    const { area } = this.#house;
    if (area) return area;
    throw new LabferryError("usage", "This PC is no orchestrator", {
      why: "the configuration has no orchestrator.staging_root, or it is switched off",
      hint: "see `orchestrator` in docs/configure.md",
    });
  }
}
