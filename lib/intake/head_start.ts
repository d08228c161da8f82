/**
 * Head start (`rules.md` 27): a run that takes days is not sent when it ends but while it grows. Each
 * round walks the runs that are being acquired, notes which files have stopped changing, and has them sent
 * in the one place that is below all transfers. What goes counts for nothing: the run has no job, no state
 * and no proof before it is complete, and then goes the usual way.
 *
 * A run that is given up (its folder is gone before its end, or a person dismissed it) says so in its
 * timeline and in its far folder.
 */
import { dirname } from "node:path";
import { type FaultListener, isAbort, LabferryError, Rounds, type Service } from "../base/mod.ts";
import { nameMatcher } from "../base/name_pattern.ts";
import type { Equipment } from "../config/mod.ts";
import { isThere } from "../disk/mod.ts";
import type { AheadRun, SeenFile, SeenRow } from "../queue/mod.ts";
import {
  findRunAddress,
  isLitter,
  isRecordPath,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import {
  type AheadTarget,
  type Dispatcher,
  forgetAsides,
  sendAhead,
  walkData,
} from "../sync/mod.ts";
import { giveUp } from "./given_up.ts";
import { LoggedOnce } from "./logged_once.ts";
import { openJob } from "./open_job.ts";
import { ownTree, watchedTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";
import { whoseRun } from "./whose_run.ts";

export interface HeadStartOptions extends Omit<ScanHouse, "observedMs" | "onTaken"> {
  readonly dispatcher: Pick<Dispatcher, "lendAhead">;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

/**
 * A run that takes long to walk is walked more seldom: at most a twentieth of the time. The same holds of
 * its far folder, which each push looks at.
 */
const REST_PER_WALK = 20;
/** Between two rounds while there is more to send. */
const SOON_MS = 250;

/** Each instrument by itself: the share of one may hang. */
export class HeadStart implements Service {
  readonly #parts: readonly Rounds[];

  constructor(options: HeadStartOptions) {
    const sent = options.config.equipment.filter(({ headStart }) => headStart);
    const ids = new Set(sent.map(({ id }) => id));
    this.#parts = sent.map((equipment, at) =>
      new InstrumentAhead(options, {
        equipment,
        // What was begun for others, or for none any more, is looked after with the first.
        isOurs: ({ equipmentId: id }) => id === equipment.id || (at === 0 && !ids.has(id)),
      }).rounds
    );
  }

  /** Where some equipment has its runs sent ahead. */
  static startIn(begin: (service: Service) => void, options: HeadStartOptions): void {
    if (options.config.equipment.some(({ headStart }) => headStart)) begin(new HeadStart(options));
  }

  start(): void {
    for (const part of this.#parts) part.start();
  }

  ring(): void {
    for (const part of this.#parts) part.ring();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** One instrument's. */
interface Part {
  readonly equipment: Equipment;
  readonly isOurs: (run: Pick<AheadRun, "equipmentId">) => boolean;
}

class InstrumentAhead {
  readonly rounds: Rounds;
  readonly #options: HeadStartOptions;
  readonly #part: Part;
  readonly #house: ScanHouse;
  readonly #logged: LoggedOnce;
  /** Monotonic: by run, when it may be walked again, and when more of it may go. */
  readonly #walkAtMs = new Map<string, number>();
  readonly #sendAtMs = new Map<string, number>();

  constructor(options: HeadStartOptions, part: Part) {
    const { config, context, onFault } = options;
    this.rounds = new Rounds({
      name: `Sending runs of ${part.equipment.id} ahead`,
      round: (signal) => this.#round(signal),
      restMs: Math.max(1, config.sync.scanSeconds) * 1_000,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
    this.#part = part;
    this.#logged = new LoggedOnce(context.log);
    const livedMs = context.queue.observedTime.ms();
    const startedMs = context.clock.monotonicMs();
    const observedMs = () => Math.floor(livedMs + context.clock.monotonicMs() - startedMs);
    this.#house = { ...options, observedMs, onTaken: () => {} };
  }

  /** @returns milliseconds until the next, while there is more to send */
  async #round(signal: AbortSignal): Promise<number | void> {
    const { equipment, isOurs } = this.#part;
    const { context: { queue, trees } } = this.#options;
    let isMore = false;
    queue.ahead.forgetUnbegun();
    for (const run of queue.ahead.list()) {
      if (isOurs(run) && this.#isGivenUp(run)) await this.#try(run, () => this.#giveUp(run));
    }
    const growing = queue.seen.ofEquipment(equipment.id).filter((row) => this.#isGrowing(row));
    this.#forgetAllBut(growing);
    for (const row of growing) {
      if (signal.aborted) return;
      if (!this.#isGrowing(row) || await trees.refusal(equipment.id)) continue;
      const more = await this.#try(row, () => this.#ahead(row, { equipment, signal }));
      isMore ||= more ?? false;
    }
    return isMore ? SOON_MS : undefined;
  }

  /** What was complete, or is gone, is walked here no more. */
  #forgetAllBut(rows: readonly SeenRow[]): void {
    const growing = new Set(rows.map(({ runPath }) => runPath));
    for (const times of [this.#walkAtMs, this.#sendAtMs]) {
      for (const runPath of [...times.keys()]) if (!growing.has(runPath)) times.delete(runPath);
    }
  }

  #isGrowing(row: SeenRow): boolean {
    const { queue } = this.#options.context;
    return row.phase !== "taken" && !row.isExisting && row.files > 0 &&
      openJob(row.runPath, queue) === null && queue.seen.dismissalOf(row) === null;
  }

  #isGivenUp({ runPath }: AheadRun): boolean {
    const { queue } = this.#options.context;
    if (openJob(runPath, queue) !== null) return false;
    const row = queue.seen.of(runPath);
    return row === null || queue.seen.dismissalOf(row) !== null;
  }

  /** True when more of it could go at once. */
  async #ahead(
    row: SeenRow,
    { equipment, signal }: { readonly equipment: Equipment; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { runPath } = row;
    const { context: { queue }, config, dispatcher } = this.#options;
    const settledMs = () => this.#house.observedMs() - config.sync.settleSeconds * 1_000;
    await this.#walk(runPath, { equipment, signal });
    if (this.#house.context.clock.monotonicMs() < (this.#sendAtMs.get(runPath) ?? 0)) return false;
    if (queue.ahead.settled(runPath, { sinceMs: settledMs(), limit: 1 }).length === 0) return false;
    const run = await this.#target(runPath, { equipment, signal });
    const lent = dispatcher.lendAhead(
      { id: runPath, runPath, equipmentId: equipment.id },
      (work) => sendAhead(run, { ...work, settledMs: settledMs() }),
    );
    if (lent === null) {
      queue.ahead.setWaiting(row, "its turn, which is after everything that is complete");
      return false;
    }
    const startedMs = this.#house.context.clock.monotonicMs();
    const outcome = await lent;
    if (outcome.kind === "sent") {
      this.#sendAtMs.set(runPath, startedMs + REST_PER_WALK * outcome.lookedMs);
    }
    this.#logged.forget(runPath);
    queue.ahead.setWaiting(row, outcome.kind === "waits" ? outcome.why : null);
    return outcome.kind === "sent" && outcome.isMore;
  }

  async #walk(
    runPath: string,
    { equipment, signal }: { readonly equipment: Equipment; readonly signal: AbortSignal },
  ): Promise<void> {
    const { context, config } = this.#options;
    const nowMs = () => context.clock.monotonicMs();
    const startedMs = nowMs();
    if (startedMs < (this.#walkAtMs.get(runPath) ?? 0)) return;
    const { ignore, forbid } = equipment.rules;
    const isUnfinished = nameMatcher([...ignore, ...forbid]);
    const observedMs = this.#house.observedMs();
    const data = { dataDir: runPath, members: null };
    for await (const batch of walkData(data, { pool: context.pool, signal })) {
      const files: SeenFile[] = [];
      for (const entry of batch) {
        const isData = entry.kind === "file" && !isRecordPath(entry.path) &&
          !isUnfinished(entry.path) && (config.sync.litter === "send" || !isLitter(entry.path));
        if (isData) files.push(entry);
      }
      context.queue.ahead.see({ runPath, observedMs }, files);
    }
    this.#walkAtMs.set(runPath, nowMs() + REST_PER_WALK * (nowMs() - startedMs));
  }

  /** Where it goes; its records say so, and are made now where its instrument makes none. */
  async #target(
    runPath: string,
    { equipment, signal }: { readonly equipment: Equipment; readonly signal: AbortSignal },
  ): Promise<AheadTarget> {
    const { context: { queue, log, stateDir }, config } = this.#options;
    if (!await isThere(recordPath(runPath, RECORD_FILES.creation))) {
      const tree = findRunAddress(runPath) === null
        ? watchedTree(dirname(runPath), { equipment, house: this.#house })
        : ownTree(equipment, this.#house);
      await tree.prepare(runPath, signal);
    }
    const { farDir } = await whoseRun(runPath, { config, queue, log, stateDir });
    return { runPath, equipmentId: equipment.id, farDir };
  }

  async #giveUp(run: AheadRun): Promise<void> {
    const { dispatcher, destinations, context } = this.#options;
    const isDismissed = context.queue.seen.of(run.runPath) !== null;
    const why = isDismissed ? "a person dismissed the run" : "the run's folder is gone";
    if (!destinations.has(run.equipmentId)) {
      const { queue } = context;
      return queue.together(() => {
        forgetAsides(run.runPath, queue);
        queue.ahead.forget(run.runPath);
      });
    }
    const id = { id: run.runPath, runPath: run.runPath, equipmentId: run.equipmentId };
    await dispatcher.lendAhead(id, (work) => giveUp(run, { ...work, why }));
  }

  /** A trouble of one run is told once, and tried again; a transfer that goes first is none. */
  async #try<T>(
    run: Pick<SeenRow, "runPath" | "equipmentId">,
    act: () => Promise<T>,
  ): Promise<T | null> {
    try {
      return await act();
    } catch (error) {
      if (isAbort(error)) return null;
      if (!(error instanceof LabferryError)) throw error;
      if (error.code !== "not_found") this.#logged.tell(error);
      this.#options.context.queue.ahead.setWaiting(run, error.message);
      return null;
    }
  }
}
