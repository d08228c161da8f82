/**
 * Watches what transfers yield to: named programs, and processors that others keep busy. It looks only
 * while there is something to send or to compare; asked after a rest it looks first, and until it has
 * looked nothing begins. A look costs some milliseconds.
 */
import { type Clock, LabferryError, Rounds, type RoundsContext, systemClock } from "../base/mod.ts";
import type { logger } from "../base/log.ts";
import { isInWindows, type YieldSettings } from "../config/mod.ts";
import { type CpuTimes, cpuTimesNow, programsNow, type ProgramsSeen } from "../process/mod.ts";
import type { Dispatcher } from "../sync/mod.ts";
import type { NewsHub } from "../web/mod.ts";
import { AT_FIRST, type Seen, type Standing, standingAfter } from "./yielding.ts";

export interface YieldWatchOptions extends RoundsContext {
  readonly settings: YieldSettings;
  /** Transfers have to wait from now on, or may go again; is waited for. */
  readonly onChange: (standing: Standing) => void | Promise<void>;
  /** @default this computer */
  readonly programs?: (signal: AbortSignal) => Promise<ProgramsSeen>;
  /** @default this computer */
  readonly cpuTimes?: () => CpuTimes | null;
}

/** Between two looks, while something is to be sent. */
const LOOK_MS = 10_000;
/** The processors are counted over two looks at least so far apart. */
const FIRST_SPAN_MS = 2_000;
/** What was seen so long ago says nothing of now. */
const STALE_MS = 2.5 * LOOK_MS;
/** Nobody has asked for so long: nothing is to be sent. The dispatcher asks every half minute. */
const ASKED_MS = 3 * 60_000;
const IDLE_MS = 10 * 60_000;

interface Measured extends CpuTimes {
  readonly ownCpuMs: number;
  readonly atMs: number;
}

export class YieldWatch extends Rounds {
  readonly #options: YieldWatchOptions;
  readonly #clock: Clock;
  #standing = AT_FIRST;
  #askedMs = -Infinity;
  #lookedMs = -Infinity;
  #measured: Measured | null = null;

  constructor(options: YieldWatchOptions) {
    super({
      ...options,
      name: "Watching what transfers yield to",
      round: (signal) => this.#round(signal),
      restMs: IDLE_MS,
      faultRestMs: LOOK_MS,
    });
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** True when transfers may go. Whoever gets false is told by `onChange` when that changes. */
  mayGo(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const isResting = nowMs - this.#askedMs > ASKED_MS;
    this.#askedMs = nowMs;
    if (nowMs - this.#lookedMs <= STALE_MS) return this.#standing.waitsFor === null;
    if (isResting) this.ring();
    return false;
  }

  get standing(): Standing {
    return this.#standing;
  }

  async #round(signal: AbortSignal): Promise<number> {
    const at = this.#clock.now();
    if (this.#clock.monotonicMs() - this.#askedMs > ASKED_MS) {
      // What was seen before a rest says nothing of what comes after it.
      this.#measured = null;
      await this.#stand(AT_FIRST);
      return IDLE_MS;
    }
    const { settings } = this.#options;
    const { activeWindows } = settings;
    if (activeWindows.length > 0 && !isInWindows(activeWindows, at)) {
      this.#measured = null;
      await this.#stand(AT_FIRST, { hasLooked: true });
      return LOOK_MS;
    }
    const seen = await this.#look(signal);
    const standing = standingAfter({ before: this.#standing, seen, settings, at });
    // The first count of the processors says nothing yet; a moment later there is a span.
    const hasLooked = !seen.isTooSoon || standing.waitsFor !== null;
    await this.#stand(standing, { hasLooked });
    return hasLooked ? LOOK_MS : FIRST_SPAN_MS;
  }

  async #stand(standing: Standing, { hasLooked = false } = {}): Promise<void> {
    const before = this.#standing;
    const wasStale = this.#clock.monotonicMs() - this.#lookedMs > STALE_MS;
    this.#standing = standing;
    if (hasLooked) this.#lookedMs = this.#clock.monotonicMs();
    const isNews = before.waitsFor !== standing.waitsFor || before.unknown !== standing.unknown;
    if (isNews || (hasLooked && wasStale)) await this.#options.onChange(standing);
  }

  async #look(signal: AbortSignal): Promise<Seen & { readonly isTooSoon: boolean }> {
    const { programs = programsNow, settings } = this.#options;
    const seen = await toldOrNot(() => programs(signal));
    const { othersPercent, isTooSoon } = this.#measure(seen.ownCpuMs);
    const unknowns = [
      settings.processes.length > 0 && seen.unknown !== null
        ? `whether ${settings.processes.join(", ")} runs cannot be told: ${seen.unknown}`
        : null,
      othersPercent === null && !isTooSoon && settings.cpuAbovePercent !== null
        ? "how busy the computer is cannot be told"
        : null,
    ].filter((words) => words !== null);
    const unknown = unknowns.length > 0 ? unknowns.join("; ") : null;
    return { names: seen.names, othersPercent, unknown, isTooSoon };
  }

  /** What others used of the processors since the last count; too soon while there is no span. */
  #measure(ownCpuMs: number | null): { othersPercent: number | null; isTooSoon: boolean } {
    const { cpuTimes = cpuTimesNow, settings } = this.#options;
    const times = settings.cpuAbovePercent === null ? null : cpuTimes();
    if (times === null || ownCpuMs === null) {
      this.#measured = null;
      return { othersPercent: null, isTooSoon: false };
    }
    const now = { ...times, ownCpuMs, atMs: this.#clock.monotonicMs() };
    const before = this.#measured;
    const isTooSoon = before === null || now.atMs - before.atMs < FIRST_SPAN_MS ||
      now.totalMs <= before.totalMs;
    if (before === null || !isTooSoon) this.#measured = now;
    return { othersPercent: isTooSoon ? null : othersPercent(before, now), isTooSoon };
  }
}

/**
 * The service's side of it. What runs is stopped, resumable and uncharged, like at a pause: the
 * instrument needs disk and processors now, and a transfer may last for hours.
 */
export async function yieldOrGoOn(
  { waitsFor, unknown }: Standing,
  { dispatcher, news, log }: {
    readonly dispatcher: Pick<Dispatcher, "interrupt" | "ring">;
    readonly news: Pick<NewsHub, "publish">;
    readonly log: Pick<ReturnType<typeof logger>, "info" | "warn">;
  },
): Promise<void> {
  if (unknown !== null) log.warn("{unknown}: transfers do not wait for it", { unknown });
  if (waitsFor !== null) {
    log.info("transfers wait: {waitsFor}", { waitsFor });
    await dispatcher.interrupt(() => true);
  } else dispatcher.ring();
  news.publish("destination", { name: "*" });
}

/** A tool that cannot even be asked is as good as one that does not answer. */
async function toldOrNot(ask: () => Promise<ProgramsSeen>): Promise<ProgramsSeen> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return { names: null, unknown: error.message, ownCpuMs: null };
  }
}

/** Of all processors, without what labferry and its tools used. */
function othersPercent(before: Measured, now: Measured): number {
  const ownMs = Math.max(0, now.ownCpuMs - before.ownCpuMs);
  const othersMs = now.busyMs - before.busyMs - ownMs;
  return Math.max(0, Math.min(100, othersMs / (now.totalMs - before.totalMs) * 100));
}
