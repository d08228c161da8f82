/**
 * The background audit: walks all roots (an unchanged folder costs a look, not a scan), keeps what it
 * found for the page, holds waiting runs that got a fault, and lets go of held ones that lost theirs.
 *
 * Every `scan_seconds` it walks only when something was noticed since, or could not be judged, and looks
 * at held runs alone otherwise: among many runs that are proven nothing changes for days. What nobody
 * notices (a share that sends no events, an override that expires) it finds with the next walk; before a
 * run is sent its gate asks anew.
 */
import { type FaultListener, LabferryError, messageOf, Rounds } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { type AuditCache, AuditTally, auditTree, type Problem } from "../gate/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  type Dispatcher,
  gateStep,
  originFindings,
  type SyncContext,
  verdictOf,
} from "../sync/mod.ts";
import type { NewsHub } from "../web/mod.ts";
import { auditOptions, type ProblemsView, problemsView, servedProblems } from "../control/mod.ts";

export interface GateWatchOptions {
  readonly config: Config;
  readonly context: SyncContext;
  readonly cache: AuditCache;
  readonly dispatcher: Dispatcher;
  readonly news: NewsHub;
  /** Received folders for which there is no place. */
  readonly unplaced?: () => readonly Problem[];
  /** As `AuditOptions.answerMs`. */
  readonly answerMs?: number | undefined;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
  /** Somebody looks at the roots, and tells what changes by `notice`. @default false */
  readonly isTold?: boolean;
}

/** Where nobody noticed anything: a walk over ten thousand runs is seconds. */
const WALK_MS = 10 * 60_000;
/** Findings kept for the page; the counts beside them are whole. */
const MOST_KEPT = 5_000;
/** Held runs that no walk met are judged one by one, at most these in a round. */
const MOST_HELD = 1_000;
const NOBODY: ReadonlySet<string> = new Set();

export class GateWatch extends Rounds {
  readonly #options: GateWatchOptions;
  /** Something changed since the last walk began. */
  #isNoticed = true;
  #walkAtMs = 0;
  #view: ProblemsView = {
    audited_at: null,
    runs: 0,
    hard: 0,
    soft: 0,
    findings: [],
    problems: [],
    overridden: [],
  };

  constructor(options: GateWatchOptions) {
    const { config, context, onFault } = options;
    super({
      name: "The audit of all roots",
      round: (signal) => this.#isWalkDue() ? this.#audit(signal) : this.#judgeHeld(NOBODY, signal),
      restMs: Math.max(1, config.sync.scanSeconds) * 1_000,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
  }

  /** What the last whole audit found; `audited_at` is null until the first has ended. */
  get problems(): ProblemsView {
    return this.#view;
  }

  /** Something may be different below a root, or in the queue. */
  notice(): void {
    this.#isNoticed = true;
  }

  #isWalkDue(): boolean {
    const { isTold = false, unplaced = () => [], context: { clock } } = this.#options;
    const isUnclear = this.#view.problems.length > 0 || unplaced().length > 0;
    return !isTold || this.#isNoticed || isUnclear || clock.monotonicMs() >= this.#walkAtMs;
  }

  async #audit(signal: AbortSignal): Promise<void> {
    this.#isNoticed = false;
    this.#walkAtMs = this.#options.context.clock.monotonicMs() + WALK_MS;
    const { config, cache, context, answerMs, unplaced = () => [] } = this.#options;
    const { roots, ...options } = auditOptions(config);
    const found = new AuditTally({ mostKept: MOST_KEPT });
    const seen = new Set<string>();
    for (const root of roots) {
      try {
        for await (
          const place of auditTree(root, {
            ...options,
            roots,
            cache,
            signal,
            ...(answerMs ? { answerMs } : {}),
            now: context.clock.now(),
          })
        ) {
          found.add(place);
          if (place.kind !== "run") continue;
          const job = context.queue.jobs.byRun(place.path);
          if (!job) continue;
          seen.add(job.id);
          // Of no other would a verdict move anything, and there may be a hundred thousand.
          const also = job.hold === "gate" ? originFindings(job, context.queue) : [];
          const findings = [...place.findings, ...also];
          await this.#apply(job, verdictOf({ ...place, findings }, context.clock.now()));
        }
      } catch (error) {
        if (!(error instanceof LabferryError)) throw error;
        found.addProblem({ path: root, code: "unreadable", message: error.message });
      }
    }
    for (const problem of unplaced()) found.addProblem(problem);
    for (const problem of await servedProblems(config, context.trees)) found.addProblem(problem);
    await this.#judgeHeld(seen, signal);
    this.#publish(problemsView(found, context.clock.now()));
  }

  /** Those that were not met: outside of all roots, or nothing was walked. */
  async #judgeHeld(seen: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { context } = this.#options;
    for (const job of context.queue.jobs.held("gate", MOST_HELD)) {
      if (seen.has(job.id)) continue;
      try {
        await this.#apply(job, await context.gatekeeper.judge(job.runPath, signal));
      } catch (error) {
        if (!(error instanceof LabferryError)) throw error;
        context.log("warn", `A held run cannot be judged: ${messageOf(error)}`, {
          job: job.id,
          run: job.runPath,
        });
      }
    }
  }

  async #apply(job: Job, verdict: Parameters<typeof gateStep>[1]): Promise<void> {
    const event = gateStep(job, verdict);
    if (event) await this.#options.dispatcher.moves.offer(job, event);
  }

  #publish(view: ProblemsView): void {
    const before = this.#view;
    this.#view = view;
    const same = before.audited_at !== null &&
      JSON.stringify([before.findings, before.problems, before.overridden]) ===
        JSON.stringify([view.findings, view.problems, view.overridden]);
    if (!same) this.#options.news.publish("finding", { hard: view.hard, soft: view.soft });
  }
}
