/**
 * Keeps the service's reports up to date with the queue. It follows the events by a cursor and is
 * allowed to lag: whatever goes wrong with a report is logged and tried again later, and
 * never reaches the transfer it tells of.
 */
import {
  type Clock,
  type FaultListener,
  LabferryError,
  messageOf,
  Rounds,
  systemClock,
} from "../base/mod.ts";
import type { ChangeOutcome } from "./change.ts";
import { feedEdit, projectReportId, projectReportTitle, type RunUpdate } from "./feed_edit.ts";
import { oursIn } from "./outline.ts";
import type { Report } from "./report.ts";
import type { ReportStore } from "./report_store.ts";
import { factOf, type FeedEvent } from "./run_facts.ts";
import type { RunNow } from "./run_insight.ts";

/** The part of the queue the feed reads. */
export interface FeedQueue<Job> {
  /** All runs' events after `seq`, oldest first. */
  eventsAfter(seq: number, limit: number): readonly FeedEvent[];
  /** One run's timeline. */
  events(jobId: string): readonly FeedEvent[];
  job(id: string): Job | null;
  cursor(name: string): number;
  setCursor(name: string, seq: number): void;
}

/** Which report a job belongs to, and what is known of its run now. */
export interface FedRun extends RunNow {
  readonly equipmentId: string;
  readonly project: string;
}

export interface FeedLog {
  info(message: string, properties: Record<string, unknown>): void;
  warn(message: string, properties: Record<string, unknown>): void;
}

export interface ReportFeedOptions<Job> {
  readonly queue: FeedQueue<Job>;
  readonly store: ReportStore;
  /** Null for a job that is no run of a project (`ship`). */
  readonly describe: (job: Job) => Promise<FedRun | null>;
  readonly log: FeedLog;
  readonly clock?: Clock;
  /** Rest between two looks when nothing rings. @default {5_000} */
  readonly restMs?: number;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

export const FEED_CURSOR = "reports";
const REST_MS = 5_000;
/** The reports take at most a twentieth of the time, and keep few backups a minute. */
const SHARE = 20;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;
/** Events of one look; a backlog is caught up with in few, large changes. */
const PAGE_EVENTS = 5_000;
const MOST_PAGES = 10_000;
/** A report that is in trouble is tried again after that time. */
const TROUBLE_REST_MS = 30_000;

/** How long the last look may take; a service ends within seconds, and the rest is written later. */
const LAST_LOOK_MS = 2_000;

/** What could not be written yet. */
interface Behind {
  /** The first event that is missing in the report. */
  readonly sinceSeq: number;
  readonly jobs: Set<string>;
  readonly retryAtMs: number;
}

/** What a page of events asks of one report. */
interface Pending {
  readonly equipmentId: string;
  readonly project: string;
  readonly firstSeq: number;
  readonly jobs: Set<string>;
  readonly updates: RunUpdate[];
}

/** What one report is asked to take in, with all events up to `seq`. */
interface Asked {
  readonly pending: Pending;
  readonly seq: number;
}

export class ReportFeed<Job> extends Rounds {
  readonly #options: ReportFeedOptions<Job>;
  readonly #clock: Clock;
  readonly #behind = new Map<string, Behind>();
  #position: number | null = null;
  #endByMs = Infinity;

  constructor(options: ReportFeedOptions<Job>) {
    const { restMs = REST_MS, log, onFault, clock = systemClock } = options;
    super({
      name: "Looking after the reports",
      round: async () => void await this.catchUp(),
      restMs,
      // A burst of events becomes one change; a report of thousands of runs is changed less often.
      gatherMs: (tookMs) => Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, SHARE * tookMs)),
      last: async () => void await this.catchUp(),
      log: (level, line, about) =>
        log[level === "info" ? "info" : "warn"]("{line}", { line, ...about }),
      onFault,
      clock,
    });
    this.#options = options;
    this.#clock = clock;
  }

  /** Ends the following, after one last look that leaves a long backlog for the next start. */
  override stop(): Promise<void> {
    if (this.#endByMs === Infinity) this.#endByMs = this.#clock.monotonicMs() + LAST_LOOK_MS;
    return super.stop();
  }

  /** Tells the reports of every event up to now; returns how many reports were changed. */
  async catchUp(): Promise<number> {
    const { queue } = this.#options;
    this.#position ??= queue.cursor(FEED_CURSOR);
    // A service that stops does not wait for reports that are in trouble.
    let changed = this.signal.aborted ? 0 : await this.#retryBehind();
    for (let page = 0; page < MOST_PAGES; page++) {
      const events = queue.eventsAfter(this.#position, PAGE_EVENTS);
      const last = events.at(-1);
      if (!last) return changed;
      for (const [id, pending] of await this.#pendingOf(events)) {
        if (this.#isOverdue()) break;
        if (await this.#update(id, { pending, seq: last.seq })) changed++;
      }
      // The cursor stays: what was not written is written at the next start, and twice changes nothing.
      if (this.#isOverdue()) return changed;
      this.#position = last.seq;
      this.#keepCursor();
      if (events.length < PAGE_EVENTS) return changed;
    }
    return changed;
  }

  #isOverdue(): boolean {
    return this.#clock.monotonicMs() > this.#endByMs;
  }

  async #pendingOf(events: readonly FeedEvent[]): Promise<Map<string, Pending>> {
    const firstSeq = new Map<string, number>();
    for (const { jobId, seq } of events) if (!firstSeq.has(jobId)) firstSeq.set(jobId, seq);
    const pending = new Map<string, Pending>();
    for (const [jobId, seq] of firstSeq) {
      if (this.#isOverdue()) break;
      await this.#addJob(pending, { jobId, seq });
    }
    return pending;
  }

  async #addJob(
    pending: Map<string, Pending>,
    { jobId, seq }: Pick<FeedEvent, "jobId" | "seq">,
  ): Promise<void> {
    const { queue, describe } = this.#options;
    const job = queue.job(jobId);
    const run = job === null ? null : await describe(job);
    if (run === null) return;
    const { equipmentId, project } = run;
    const id = projectReportId(equipmentId, project);
    const known = pending.get(id) ??
      { equipmentId, project, firstSeq: seq, jobs: new Set<string>(), updates: [] };
    known.jobs.add(jobId);
    const facts = queue.events(jobId).flatMap((event) => factOf(event) ?? []);
    known.updates.push({ run, facts });
    pending.set(id, known);
  }

  /** True when the report was changed. */
  async #update(id: string, asked: Asked): Promise<boolean> {
    const { pending, seq } = asked;
    const { queue, log } = this.#options;
    try {
      const report = await this.#open(id, pending);
      const { event, warnings } = await this.#change(report, asked);
      for (const warning of warnings) log.warn("report {id}: {warning}", { id, warning });
      if (event) queue.setCursor(cursorOf(id), seq);
      if (this.#behind.delete(id)) log.info("report {id} has caught up", { id });
      return event !== null;
    } catch (error) {
      // Whatever it is, it is this report's trouble: the others and the transfers go on.
      this.#fallBehind(pending, { id, error });
      return false;
    }
  }

  /** The project's report, begun when there is none or its outline never landed. */
  async #open(id: string, { equipmentId, project }: Pending): Promise<Report> {
    const { store } = this.#options;
    const there = await store.reportOrNull(id);
    if (there && await there.hasOutline()) return there;
    try {
      return await store.create({
        id,
        title: projectReportTitle(equipmentId, project),
        content: { metadata: { labferry: { equipment: equipmentId, project, seq: 0 } } },
        words: `began the report of ${projectReportTitle(equipmentId, project)}`,
      }, { actor: "agent" });
    } catch (error) {
      if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
      return await store.report(id);
    }
  }

  async #change(report: Report, { pending, seq }: Asked): Promise<ChangeOutcome> {
    const { id } = report;
    const fedUpTo = this.#options.queue.cursor(cursorOf(id));
    let rolledBackTo: number | null = null;
    const outcome = await report.change((outline, moment) => {
      const last = Number(oursIn(outline)["seq"] ?? 0);
      if (last < fedUpTo) rolledBackTo = last;
      return last < fedUpTo ? null : feedEdit({ ...pending, seq })(outline, moment);
    }, { actor: "agent" });
    if (rolledBackTo === null) return outcome;
    // After a revert the runs written since are written again: going back is for what people wrote.
    await this.#addRange(pending, { id, after: rolledBackTo, upTo: fedUpTo });
    return await report.change(feedEdit({ ...pending, seq }), { actor: "agent" });
  }

  /** Adds the runs with events after `after` and up to `upTo` to what is asked of the report. */
  async #addRange(
    pending: Pending,
    { id, after, upTo }: { readonly id: string; readonly after: number; readonly upTo: number },
  ): Promise<void> {
    const again = new Map([[id, pending]]);
    const seen = new Set(pending.jobs);
    for (let position = after; position < upTo;) {
      const events = this.#options.queue.eventsAfter(position, PAGE_EVENTS);
      for (const event of events) {
        if (seen.has(event.jobId)) continue;
        seen.add(event.jobId);
        await this.#addJob(again, event);
      }
      position = events.at(-1)?.seq ?? upTo;
    }
  }

  #fallBehind(
    pending: Pending,
    { id, error }: { readonly id: string; readonly error: unknown },
  ): void {
    const before = this.#behind.get(id);
    const jobs = new Set([...before?.jobs ?? [], ...pending.jobs]);
    const sinceSeq = Math.min(before?.sinceSeq ?? Infinity, pending.firstSeq);
    const retryAtMs = this.#clock.monotonicMs() + TROUBLE_REST_MS;
    this.#behind.set(id, { sinceSeq, jobs, retryAtMs });
    if (before) return;
    this.#options.log.warn("report {id} is behind and will be told later: {message}", {
      id,
      message: messageOf(error),
    });
  }

  async #retryBehind(): Promise<number> {
    let changed = 0;
    const nowMs = this.#clock.monotonicMs();
    for (const [id, { jobs, sinceSeq, retryAtMs }] of [...this.#behind]) {
      if (retryAtMs > nowMs) continue;
      const pending = new Map<string, Pending>();
      for (const jobId of jobs) await this.#addJob(pending, { jobId, seq: sinceSeq });
      const own = pending.get(id);
      if (!own) this.#behind.delete(id);
      else if (await this.#update(id, { pending: own, seq: this.#position ?? sinceSeq })) changed++;
    }
    if (changed > 0) this.#keepCursor();
    return changed;
  }

  /** After a crash everything that some report still lacks is written again; twice does no harm. */
  #keepCursor(): void {
    const since = [...this.#behind.values()].map(({ sinceSeq }) => sinceSeq - 1);
    this.#options.queue.setCursor(FEED_CURSOR, Math.min(this.#position ?? 0, ...since));
  }
}

/** Up to where a project's report has been written; behind it after a revert. */
function cursorOf(id: string): string {
  return `${FEED_CURSOR}/${id}`;
}
