/**
 * Lets local copies go, one run at a time, below all transfers: the longest proven first. With
 * `keep_free_*` only while a disk is short of room, and only as many as it needs (`rules.md` 16). What
 * was begun before a stop is taken up first.
 */
import { isAbort, LabferryError, messageOf, Rounds, type RoundsContext } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Destination, Dispatcher, SyncContext } from "../sync/mod.ts";
import { type CleaningWork, type LetGo, letGo, mayGoOn } from "./cleaning.ts";
import { HOUR_MS } from "./counted_passes.ts";
import type { DeletionPolicy } from "./facts.ts";
import { type DiskRoom, missingRoom, roomNear, roomOrNull } from "./free_space.ts";
import { gatherFacts } from "./gather.ts";
import { mayDelete } from "./may_delete.ts";
import type { RoomPolicy } from "./policy.ts";

export interface CleanerOptions extends RoundsContext {
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "lend" | "moves">;
  readonly policy: DeletionPolicy;
  /**
   * The policy for this run; null when it is none of this cleaner's, or not now.
   * @default `policy` for every run
   */
  readonly policyOf?: (job: Job) => Promise<DeletionPolicy | null>;
  /** Null: what may go goes. */
  readonly room: RoomPolicy | null;
  /** As in `CleaningWork`. */
  readonly retainCache?: boolean;
  readonly held?: (job: Job) => string | null;
  readonly reportHead?: NonNullable<CleaningWork["reportHead"]>;
  readonly upMs?: () => number;
}

const REST_MS = 5 * 60_000;
/** A place was not free, or more may go: it looks again soon. */
const SOON_MS = 10_000;
/** A run that did not go is not looked at again for so long. */
const LOOK_AGAIN_MS = HOUR_MS;
const PAGE = 100;
/** Runs are proven again in bursts, and looked at together. */
const GATHER_MS = 1_000;
/** Runs let go in one round: a wrong configuration shows itself before everything is gone. */
const MOST_A_ROUND = 50;
const MOST_REMEMBERED = 10_000;

/**
 * `not_ours`: another cleaner's; `room`: there is room enough, so it stays; `worked_on`: somebody else has the run just now; `busy`: no
 * place is free for any.
 */
type Considered = "not_ours" | "gone" | "kept" | "room" | "worked_on" | "busy";

export class Cleaner extends Rounds {
  readonly #options: CleanerOptions;
  /** By job: a run that did not go, as it was, and when (monotonic) it is worth a look again as that. */
  readonly #kept = new Map<string, { readonly asItIs: string; readonly againMs: number }>();
  /** Devices on which deleting gained nothing: nothing more goes there until the service starts again. */
  readonly #barren = new Set<number>();

  constructor(options: CleanerOptions) {
    super({
      ...options,
      name: "Letting go of local copies",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
      gatherMs: () => GATHER_MS,
    });
    this.#options = options;
  }

  get barren(): ReadonlySet<number> {
    return this.#barren;
  }

  async #round(signal: AbortSignal): Promise<number | "done"> {
    if (!this.#options.policy.enabled) return "done";
    let gone = 0;
    let isSoon = false;
    for (const job of [...this.#begun(), ...this.#candidates()]) {
      if (signal.aborted || gone >= MOST_A_ROUND) return SOON_MS;
      if (this.#isTooSoon(job)) continue;
      const outcome = await this.#consider(job, signal);
      if (outcome === "busy") return SOON_MS;
      if (outcome === "gone") gone++;
      if (outcome === "kept") this.#remember(job);
      isSoon ||= outcome === "worked_on";
    }
    return isSoon ? SOON_MS : REST_MS;
  }

  /** What was under way when the service stopped. */
  #begun(): Job[] {
    return this.#options.context.queue.jobs.list({ states: ["cleanup_eligible"], limit: PAGE })
      .filter((job) => mayGoOn(job, this.#now()));
  }

  *#candidates(): Generator<Job> {
    const { context, policy } = this.#options;
    const provenBefore = new Date(this.#now().getTime() - policy.minAgeHours * HOUR_MS);
    let after: Job | undefined;
    while (true) {
      const page = context.queue.claims.deletable({ provenBefore, after, limit: PAGE });
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!;
    }
  }

  async #consider(job: Job, signal: AbortSignal): Promise<Considered> {
    const { context, destinations, held } = this.#options;
    const { policyOf = () => Promise.resolve(this.#options.policy) } = this.#options;
    const policy = await policyOf(job);
    if (policy === null) return "not_ours";
    const destination = destinations.get(job.equipmentId);
    if (!destination) return "kept";
    const before = await this.#roomFor(job);
    if (before === "enough") return "room";
    if (before === "nothing here") return "kept";
    const facts = await gatherFacts(job, {
      context,
      destination,
      policy,
      signal,
      ...(held ? { held } : {}),
    });
    const { isWorthLooking, reason } = mayDelete(facts);
    if (!isWorthLooking) return await this.#putBack(job, reason ?? "an interlock does not hold");
    const { reportHead, upMs, retainCache = true } = this.#options;
    const more = {
      policy,
      retainCache,
      ...(held ? { held } : {}),
      ...(reportHead ? { reportHead } : {}),
      ...(upMs ? { upMs } : {}),
    };
    const lent = this.#options.dispatcher.lend(
      job,
      (work) => letGo(job, { ...work, ...more, signal: AbortSignal.any([work.signal, signal]) }),
    );
    if (lent === null) return "busy";
    const outcome = await this.#outcomeOf(job, lent);
    if (outcome === "worked_on") return "worked_on";
    if (outcome?.kind !== "cleaned") return "kept";
    if (before) await this.#noteGain(job, { before, expectedBytes: outcome.bytes });
    return "gone";
  }

  /**
   * A run that was about to go when the service stopped, and of which nothing is deleted yet, is a proven
   * run like any other again: its far copy is compared, and what it waits for is shown.
   */
  async #putBack(job: Job, reason: string): Promise<"kept"> {
    await this.#options.dispatcher.moves.offer(job, { type: "kept_after_all", reason });
    return "kept";
  }

  /** What kept the look from being made is a trouble of the moment, and of this run alone. */
  async #outcomeOf(job: Job, lent: Promise<LetGo>): Promise<LetGo | "worked_on" | null> {
    try {
      return await lent;
    } catch (error) {
      if (isAbort(error)) return null;
      if (!(error instanceof LabferryError)) throw error;
      // Intake looks at a run that was just proven; it is done in a moment.
      if (error.code === "run_busy") return "worked_on";
      this.#options.context.log("warn", `A local copy is kept: ${messageOf(error)}`, {
        job: job.id,
        run: job.runPath,
        code: error.code,
      });
      return null;
    }
  }

  /** Null where age alone decides; what was begun is always brought to its end. */
  async #roomFor(job: Job): Promise<DiskRoom | "enough" | "nothing here" | null> {
    const { room } = this.#options;
    if (room === null || job.deletionStartedAt !== null) return null;
    const now = await roomOrNull(job.dataDir);
    // A person moved or deleted its folder, or its disk is away: nothing of it can make room.
    if (now === null) return "nothing here";
    return this.#barren.has(now.device) || missingRoom(now, room) === 0 ? "enough" : now;
  }

  /**
   * A snapshot, a hard link or another file system below may keep the blocks: deleting on and on would
   * gain nothing and lose every local copy.
   */
  async #noteGain(
    job: Job,
    { before, expectedBytes }: { readonly before: DiskRoom; readonly expectedBytes: number },
  ): Promise<void> {
    // With `retain_cache: false` the run's own folder has gone too.
    const { freeBytes, device } = await roomNear(job.dataDir);
    if (device !== before.device) return;
    if (freeBytes - before.freeBytes >= expectedBytes / 2) return;
    this.#barren.add(device);
    this.#options.context.log(
      "error",
      "Deleting a local copy made no room, so no more are deleted on its disk until the service starts again",
      {
        code: "no_space_gained",
        run: job.runPath,
        expectedBytes,
        gainedBytes: freeBytes - before.freeBytes,
      },
    );
  }

  #isTooSoon(job: Job): boolean {
    const kept = this.#kept.get(job.id);
    return kept?.asItIs === asItIs(job) && kept.againMs > this.#options.context.clock.monotonicMs();
  }

  #remember({ id }: Job): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_REMEMBERED && oldest) this.#kept.delete(oldest);
    const now = this.#options.context.queue.jobs.byId(id);
    if (!now) return;
    const againMs = this.#options.context.clock.monotonicMs() + LOOK_AGAIN_MS;
    this.#kept.set(id, { asItIs: asItIs(now), againMs });
  }

  #now(): Date {
    return this.#options.context.clock.now();
  }
}

/**
 * One that was proven again, unpinned or released since is another one. Not its last change: each look
 * at it has its next pass planned anew, and what cannot go would be read over and over.
 */
function asItIs({ generation, verifyPasses, pinned, hold }: Job): string {
  return `${generation} ${verifyPasses} ${pinned} ${hold}`;
}
