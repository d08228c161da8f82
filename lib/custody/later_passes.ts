/**
 * Compares proven runs again when it is time: the further passes that a deletion needs, then the scrub,
 * for as long as there is a run, also when its local copy is gone. One at a time, below all transfers.
 * What it finds is the machine's to say; a destination that does not answer is its breaker's matter.
 */
import { isAbort, LabferryError, messageOf, Rounds, type RoundsContext } from "../base/mod.ts";
import { failureClassOf, type JobMoves } from "../jobs/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  type Destination,
  type Dispatcher,
  failureFrom,
  type SyncContext,
  verifyAgain,
  type Work,
} from "../sync/mod.ts";
import { mayGoOn } from "./cleaning.ts";
import { CLOCK_DIFFERS_MS } from "./counted_passes.ts";
import { OwedMends } from "./owed_mends.ts";
import { latestPlan, type NextPass, nextPass } from "./next_pass.ts";
import type { PassPolicy } from "./policy.ts";
import { ScrubShare } from "./scrub_share.ts";

export interface LaterPassesOptions extends RoundsContext {
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "lend" | "breakers" | "moves">;
  readonly policy: PassPolicy;
}

/** Nothing is due, or no place is free: it looks again after so long. */
const REST_MS = 60_000;
/** Runs become safe in bursts; their passes are planned together. */
const GATHER_MS = 1_000;
const LONGEST_REST_MS = 15 * 60_000;
/** A pass that could not be made for a reason of the run's own. */
const AGAIN_MS = 3_600_000;
/** Plans made in one transaction, and due runs looked through for one that may go. */
const PAGE = 200;

export class LaterPasses extends Rounds {
  readonly #options: LaterPassesOptions;
  readonly #share: ScrubShare;
  readonly #owed: OwedMends;
  /** How far the wall clock was ahead of the monotonic one in the last round. */
  #aheadMs: number | null = null;

  constructor(options: LaterPassesOptions) {
    super({
      ...options,
      name: "Comparing proven runs again",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
      gatherMs: () => GATHER_MS,
    });
    this.#options = options;
    this.#owed = new OwedMends(options);
    const { queue, clock } = options.context;
    this.#share = new ScrubShare({ queue, clock, maxGibPerDay: options.policy.scrubMaxGibPerDay });
  }

  async #round(signal: AbortSignal): Promise<number> {
    if (this.#wasSetBack()) await this.#planAgain(signal);
    await this.#planNew();
    if (await this.#owed.round(signal)) return 0;
    for (const job of this.#due()) {
      const next = this.#withinShare(await this.#nextOf(job), job);
      if (next.at > this.#now() || next.kind === "none") {
        if (job.state !== "cleanup_eligible") await this.#plan([[job, next]]);
        continue;
      }
      const lent = this.#options.dispatcher.lend(
        job,
        (work) =>
          this.#compare(next, { job, ...work, signal: AbortSignal.any([work.signal, signal]) }),
      );
      if (lent === null) continue;
      await lent;
      return 0;
    }
    return this.#untilDueMs();
  }

  /** Since the last round; at the first one nobody knows. */
  #wasSetBack(): boolean {
    const { clock } = this.#options.context;
    const aheadMs = clock.now().getTime() - clock.monotonicMs();
    const was = this.#aheadMs;
    this.#aheadMs = aheadMs;
    return was === null || aheadMs < was - CLOCK_DIFFERS_MS;
  }

  /** What was planned while the clock stood ahead would wait until it is there again. */
  async #planAgain(signal: AbortSignal): Promise<void> {
    const { claims } = this.#options.context.queue;
    while (!signal.aborted) {
      const latest = latestPlan(this.#options.policy, this.#now());
      const jobs = claims.movedAhead({ latest, limit: PAGE });
      const known = new Set(this.#equipment);
      const ours = jobs.filter(({ equipmentId }) => known.has(equipmentId));
      await this.#planAll(ours);
      if (jobs.length < PAGE || ours.length === 0) return;
    }
  }

  #withinShare(next: NextPass, { bytes }: Job): NextPass {
    if (next.kind !== "scrub" || next.at > this.#now() || this.#share.allows(bytes)) return next;
    return { ...next, at: this.#share.nextAt(), why: "today's share of the scrub is read" };
  }

  /** Of equipment that is looked after here; what is at a staging area is the orchestrator's to keep. */
  get #equipment(): string[] {
    const { destinations, context } = this.#options;
    return [...destinations.keys()].filter((id) => !context.staged.has(id));
  }

  async #planNew(): Promise<void> {
    const { queue } = this.#options.context;
    const jobs = queue.claims.unplanned({ equipment: this.#equipment, limit: PAGE });
    await this.#planAll(jobs);
    if (jobs.length === PAGE) this.ring();
  }

  async #planAll(jobs: readonly Job[]): Promise<void> {
    const plans: [Job, NextPass][] = [];
    for (const job of jobs) plans.push([job, await this.#nextOf(job)]);
    await this.#plan(plans);
  }

  async #plan(plans: readonly (readonly [Job, NextPass])[]): Promise<void> {
    if (plans.length === 0) return;
    await this.#moves.together((take) => {
      for (const [job, { at, why }] of plans) take(job, { type: "pass_planned", at, why });
    });
  }

  #due(): Job[] {
    const { claims, jobs } = this.#options.context.queue;
    const known = new Set(this.#equipment);
    const due = (["verified", "cleaned"] as const)
      .flatMap((state) => claims.due({ state, limit: PAGE }));
    // What is being let go has a due of its own, and may be kept from going on for long: a pin, a viewer.
    const stopped = jobs.list({ states: ["cleanup_eligible"], limit: PAGE })
      .filter((job) => mayGoOn(job, this.#now()));
    return [...due, ...stopped].filter(({ equipmentId }) => known.has(equipmentId));
  }

  async #nextOf(job: Job): Promise<NextPass> {
    const { context, policy, destinations } = this.#options;
    const { queue, clock, random } = context;
    return nextPass({
      job,
      policy,
      passes: queue.passes.of(job.id, job.generation),
      now: clock.now(),
      observedMs: queue.observedTime.ms(),
      destinationUuid: await uuidOf(destinations.get(job.equipmentId)),
      random: random(),
    });
  }

  async #compare(
    { kind, why }: NextPass,
    { job, ...work }: Work & { readonly job: Job },
  ): Promise<void> {
    try {
      const compared = await verifyAgain(job, {
        ...work,
        context: this.#contextFor(kind, work),
        dropCache: true,
        refusesMassChange: true,
      });
      if (kind === "scrub") this.#share.take(job.bytes);
      await this.#after(compared);
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof LabferryError)) throw error;
      await this.#failed(job, { error, why });
    }
  }

  /** A scrub may be a look at the provider's own checksums; such a pass unlocks no deletion. */
  #contextFor(kind: NextPass["kind"], { context }: Work): SyncContext {
    const isAsserted = kind === "scrub" && this.#options.policy.scrub === "provider";
    return isAsserted ? { ...context, acceptProviderAsserted: true } : context;
  }

  /** With leave of the configuration what is damaged over there is sent again at once. */
  async #after(compared: Job): Promise<void> {
    const { policy, context } = this.#options;
    if (compared.state === "failed" && policy.repair) {
      const hasFiles = await context.queue.files(compared.id).hasAny("present");
      if (compared.lastError?.code === "far_copy_damaged" && hasFiles) {
        await this.#moves.ask(compared, { type: "retry" }, { by: "labferry (verify.repair)" });
      }
      return;
    }
    if (compared.state !== "verified" && compared.state !== "cleaned") return;
    await this.#plan([[compared, await this.#nextOf(compared)]]);
  }

  async #failed(
    job: Job,
    { error, why }: { readonly error: LabferryError; readonly why: string },
  ): Promise<void> {
    const { context, dispatcher, destinations } = this.#options;
    const failure = failureFrom(error);
    context.log("warn", `A proven run could not be compared again: ${messageOf(error)}`, {
      job: job.id,
      run: job.runPath,
      code: failure.code,
    });
    if (failureClassOf(failure.code) === "destination") {
      const destination = destinations.get(job.equipmentId);
      if (destination) dispatcher.breakers.failed(destination.name, failure);
      return;
    }
    const now = context.queue.jobs.byId(job.id);
    if (!now) return;
    const waitMs = failure.code === "run_busy" ? REST_MS : AGAIN_MS;
    const at = new Date(this.#now().getTime() + waitMs);
    await this.#moves.offer(now, {
      type: "pass_planned",
      at,
      why: `${why}, again: ${failure.message}`,
    });
  }

  #untilDueMs(): number {
    const next = this.#options.context.queue.claims.nextDueAt(["verified", "cleaned"]);
    if (next === null) return LONGEST_REST_MS;
    const ms = Date.parse(next) - this.#now().getTime();
    return Math.min(LONGEST_REST_MS, Math.max(REST_MS, ms));
  }

  #now(): Date {
    return this.#options.context.clock.now();
  }

  get #moves(): JobMoves {
    return this.#options.dispatcher.moves;
  }
}

/** One that is not marked yet, or held back, has no pass that counts. */
async function uuidOf(destination: Destination | undefined): Promise<string | null> {
  try {
    return await destination?.identity() ?? null;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}
