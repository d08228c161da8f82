/** Everything the page of one run shows. */
import { LabferryError } from "../base/mod.ts";
import type { Generation, Job, MissingFiles, Pass } from "../queue/mod.ts";
import { lostOf } from "../sync/mod.ts";
import { checkByHand } from "./check_by_hand.ts";
import type { Custody } from "./custody.ts";
import type { CustodyView } from "./custody_views.ts";
import type { ControlHouse } from "./house.ts";
import { type SessionView, sessionView } from "./session_view.ts";
import { RunJobs } from "./run_jobs.ts";
import { type RunNames, runNames } from "./run_names.ts";
import { wayOf, type WayStep } from "./run_way.ts";
import { type EventView, eventView, type JobView, type ProgressView } from "./views.ts";

export interface RunDetail {
  readonly job: JobView;
  readonly names: RunNames;
  readonly way: readonly WayStep[];
  /** Null where nothing stands in the way of nothing: the run is not proven yet, or let go. */
  readonly custody: CustodyView | null;
  /** The look at the run that custody needs is still under way. */
  readonly isLooking: boolean;
  readonly progress: ProgressView | null;
  /** Newest first, capped. */
  readonly events: readonly EventView[];
  readonly generations: readonly Generation[];
  /** Of all generations, newest first, capped. */
  readonly passes: readonly Pass[];
  /** Failed for files that a person may let it go without; null for any other run. */
  readonly lost: MissingFiles | null;
  /** The session over several PCs that it is a part of, as it stands; null for a run of none. */
  readonly session: SessionView | null;
  /** A command that checks the far copy without labferry. */
  readonly checkByHand: string;
}

/** A look at custody reads the run's tree: a page does not wait longer for it. */
const PATIENCE_MS = 400;
/** A look is good for so long; each run's next page after that looks again. */
const FRESH_MS = 20_000;
const MOST_LOOKS = 50;
const MOST_EVENTS = 200;
const MOST_PASSES = 50;
const SENT_KINDS = ["pushed", "adopted"] as const;

interface Look {
  readonly atMs: number;
  readonly view: Promise<CustodyView | null>;
}

export class RunDetails {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;
  readonly #custody: Custody;
  readonly #looks = new Map<string, Look>();

  constructor(house: ControlHouse, custody: Custody) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
    this.#custody = custody;
  }

  /** @throws LabferryError `unknown_run`, `ambiguous_job` */
  async run(ref: string): Promise<RunDetail> {
    const { queue } = this.#house.context;
    const found = await this.#jobs.find(ref);
    const view = this.#jobs.view(found);
    const custody = await this.#lookAt(view);
    // What it is now: the look may have taken a moment.
    const job = queue.jobs.byId(found.id) ?? found;
    const generations = queue.jobs.generations(job.id);
    const passes = queue.passes.of(job.id);
    const last = (kinds: Parameters<typeof queue.timeline.ofGeneration>[1]) =>
      queue.timeline.ofGeneration(job, kinds).at(-1) ?? null;
    return {
      job: this.#jobs.view(job),
      names: runNames(view),
      way: wayOf({
        job,
        seen: queue.seen.of(job.runPath),
        generations,
        passes: passes.filter(({ generation }) => generation === job.generation),
        sent: last(SENT_KINDS),
        cleaned: last(["cleaned"]),
        custody: custody === "looking" ? null : custody,
      }),
      custody: custody === "looking" ? null : custody,
      isLooking: custody === "looking",
      progress: this.#house.progress?.of(job.id) ?? null,
      events: queue.timeline.of(job.id, { limit: MOST_EVENTS }).map(eventView).reverse(),
      generations: generations.toReversed(),
      passes: passes.slice(-MOST_PASSES).reverse(),
      lost: await lostOf(job, queue),
      session: this.#sessionOf(job),
      checkByHand: checkByHand(view),
    };
  }

  #sessionOf(job: Job): SessionView | null {
    const { sessions } = this.#house.context;
    const of = sessions.of(job);
    const found = of && sessions.known.find(({ id }) => id === of.id);
    return found ? sessionView(found) : null;
  }

  /** Why it is still here, if that is known soon enough; a look that takes longer goes on. */
  async #lookAt(job: JobView): Promise<CustodyView | null | "looking"> {
    if (job.state !== "verified" && job.state !== "cleanup_eligible") return null;
    const { clock } = this.#house.context;
    const key = `${job.id} ${job.state} ${job.generation} ${job.verify_passes} ${job.pinned}`;
    let look = this.#looks.get(key);
    if (!look || clock.monotonicMs() - look.atMs > FRESH_MS) {
      look = { atMs: clock.monotonicMs(), view: this.#look(job.id) };
      this.#looks.delete(key);
      this.#looks.set(key, look);
      for (const oldest of this.#looks.keys()) {
        if (this.#looks.size <= MOST_LOOKS) break;
        this.#looks.delete(oldest);
      }
    }
    const late = new AbortController();
    const waited = clock.sleep(PATIENCE_MS, late.signal).then(() => "looking" as const, () => null);
    const seen = await Promise.race([look.view, waited]);
    late.abort();
    return seen;
  }

  /** A look that could not be taken shows nothing; the command line says why. */
  async #look(jobId: string): Promise<CustodyView | null> {
    try {
      return await this.#custody.why(jobId);
    } catch (error) {
      if (error instanceof LabferryError) return null;
      throw error;
    }
  }
}
