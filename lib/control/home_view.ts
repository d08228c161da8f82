/** What the first page shows: the answer, and each instrument as a lane. */
import { formatBytes } from "../base/mod.ts";
import type { DestinationState, Job, Queue, RunOutcome, SeenRow, Tone } from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import { overduePasses } from "./overdue.ts";
import { RunJobs } from "./run_jobs.ts";
import { lastPart, runNames } from "./run_names.ts";
import { durationWords, manyOf, type Words } from "./sentences.ts";
import { type AcquiringFact, type Answer, type AnswerFacts, theAnswer } from "./the_answer.ts";
import { acquiringView } from "./acquiring.ts";
import {
  type AcquiringView,
  type NotLookedAfterView,
  notLookedAfterView,
  type ProgressView,
} from "./views.ts";
import { DESTINATION_STAGES, destinationStage, PHASE_WORDS } from "./words.ts";
import { lookUp } from "../base/mod.ts";

export interface HomeView {
  readonly answer: Answer;
  readonly counts: Readonly<Record<RunOutcome, number>>;
  readonly lanes: readonly LaneView[];
  /** Runs that are not in the queue as they are now; the longest known first, capped. */
  readonly acquiring: readonly AcquiringView[];
  /** What lay there before its equipment was looked after. */
  readonly notLookedAfter: readonly NotLookedAfterView[];
  /** Scopes that are paused. */
  readonly paused: readonly string[];
  /** Something could be tried again. */
  readonly mayRetry: boolean;
}

/** One instrument: what it is doing, and how the way from it stands. */
export interface LaneView {
  readonly equipmentId: string;
  readonly label: string;
  readonly tone: Tone;
  readonly doing: Words;
  readonly work: LaneWork | null;
  /** Where its runs go, and how that place answers. */
  readonly destination: { readonly words: string; readonly tone: Tone; readonly address: string };
  /** Why the place cannot be used, and what to do. */
  readonly trouble: readonly Words[];
  /** How long the disk lasts; null while nobody knows. */
  readonly disk: { readonly words: Words; readonly tone: Tone } | null;
  /** When a run of it last looked different, or came; null for never. */
  readonly heardAt: string | null;
  readonly isPaused: boolean;
  readonly attention: number;
  readonly waiting: number;
}

export interface LaneWork {
  readonly jobId: string;
  readonly name: string;
  readonly progress: ProgressView | null;
  readonly words: string;
}

/** A disk that is full so far ahead is told of by days, and beyond that not at all. */
const DAYS_AHEAD_MS = 48 * 3_600_000;
const MOST_AHEAD_MS = 60 * 24 * 3_600_000;

/** Runs that are looked at to say what is being acquired, and what is worked on. */
export const MOST_LOOKED_AT = 200;

export class HomeReader {
  readonly #house: ControlHouse;
  readonly #queue: Queue;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#queue = house.context.queue;
  }

  home(): HomeView {
    const { config } = this.#house;
    const outcomes = this.#queue.runs.outcomes();
    const waiting = this.#queue.seen.waiting(MOST_LOOKED_AT);
    const working = this.#queue.jobs.list({
      states: ["running", "awaiting_verify"],
      limit: MOST_LOOKED_AT,
    });
    const places = new Map(this.#queue.destinations.list().map((place) => [place.name, place]));
    const facts = this.#facts({ outcomes, waiting, places });
    const pauses = this.#queue.pauses.list();
    const about = (equipmentId: string): LaneFacts => ({
      places,
      acquiring: waiting.filter((row) => row.equipmentId === equipmentId),
      working: working.filter((job) => job.equipmentId === equipmentId && job.hold === null),
      runs: countsOf(outcomes.filter((row) => row.equipmentId === equipmentId)),
      isPaused: pauses.some(({ scope }) => scope === "*" || scope === equipmentId),
      closedUntil: this.#closedUntil(equipmentId),
    });
    return {
      answer: theAnswer(facts),
      counts: this.#counts(outcomes),
      lanes: config.equipment.map(({ id, label }) => this.#lane({ id, label }, about(id))),
      acquiring: waiting.map((row) => acquiringView(row, this.#house.context))
        .sort((a, b) => Number(a.dismissed !== null) - Number(b.dismissed !== null)),
      notLookedAfter: this.#queue.seen.existing().map(notLookedAfterView),
      paused: pauses.map(({ scope }) => scope),
      mayRetry: facts.attention > facts.held || facts.down.length > 0,
    };
  }

  #counts(outcomes: Outcomes): Record<RunOutcome, number> {
    const handedOver = this.#handedOver();
    const counts = countsOf(outcomes);
    return { ...counts, safe: counts.safe - handedOver, handed_over: handedOver };
  }

  #handedOver(): number {
    const staged = [...this.#house.context.staged.keys()];
    return staged.length === 0 ? 0 : this.#queue.jobs.handedOverCount(staged);
  }

  #facts(
    { outcomes, waiting, places }: {
      readonly outcomes: Outcomes;
      readonly waiting: readonly SeenRow[];
      readonly places: Places;
    },
  ): AnswerFacts {
    const { intake, received, storage, yielding } = this.#house;
    const counts = this.#counts(outcomes);
    const open = waiting.filter((row) => this.#queue.seen.dismissalOf(row) === null);
    const { waitsFor = null, since = null } = yielding?.standing ?? {};
    const roots = [...intake?.roots ?? [], ...received?.() ?? []];
    return {
      attention: counts.attention,
      onTheWay: counts.on_the_way,
      safe: counts.safe,
      handedOver: counts.handed_over,
      notProven: counts.not_proven,
      cancelled: counts.cancelled,
      held: outcomes.filter(({ outcome, hold }) => outcome === "attention" && hold === "gate")
        .reduce((sum, { runs }) => sum + runs, 0),
      provenSince: this.#queue.runs.provenSince(),
      acquiring: open.filter(({ phase }) => phase === "acquiring").map(acquiringFact),
      odd: open.filter(({ phase }) => phase === "odd").map(acquiringFact),
      leftAlone: waiting.length - open.length,
      mayBeMore: waiting.length >= MOST_LOOKED_AT,
      down: this.#down(outcomes, places),
      pauses: this.#queue.pauses.list(),
      closed: this.#closed(outcomes),
      yieldingTo: waitsFor === null ? null : { what: waitsFor, since },
      faultyRoots: roots.flatMap(({ equipmentId, fault, since }) =>
        fault === null ? [] : [{ equipmentId, fault, since }]
      ),
      queueFault: this.#queue.writeFault,
      overdue: overduePasses(this.#queue, this.#house.context.clock),
      fullDisks: (storage?.()?.disks.disks ?? []).filter(({ warning }) => warning !== null)
        .map(({ roots, freeBytes }) => ({ root: roots.join(", "), freeBytes })),
    };
  }

  #down(outcomes: Outcomes, places: Places): AnswerFacts["down"] {
    return [...this.#house.destinations].flatMap(([equipmentId, { name }]) => {
      const place = places.get(name);
      if (place?.state !== "down") return [];
      const own = countsOf(outcomes.filter((row) => row.equipmentId === equipmentId));
      const isFull = place.code === "destination_full";
      return [{ name, isFull, since: place.since, hint: place.hint, waiting: own.on_the_way }];
    });
  }

  #closed(outcomes: Outcomes): AnswerFacts["closed"] {
    return [...this.#house.destinations].flatMap(([equipmentId, { name }]) => {
      const until = this.#closedUntil(equipmentId);
      const waiting = countsOf(outcomes.filter((row) =>
        row.equipmentId === equipmentId
      )).on_the_way;
      return until === null || waiting === 0 ? [] : [{ name, until, waiting }];
    });
  }

  #closedUntil(equipmentId: string): string | null {
    return this.#house.destinations.get(equipmentId)?.closedUntil?.()?.toISOString() ?? null;
  }

  #lane(
    { id, label }: { readonly id: string; readonly label: string },
    facts: LaneFacts,
  ): LaneView {
    const destination = this.#house.destinations.get(id);
    const place = facts.places.get(destination?.name ?? "");
    const work = this.#work(facts.working);
    const inUse = work !== null && place?.state !== "down";
    const stage = inUse
      ? DESTINATION_STAGES.inUse
      : destinationStage({ state: place?.state ?? "unknown", code: place?.code ?? null });
    const newest = this.#queue.jobs.list({ equipmentId: id, limit: 1 })[0]?.enqueuedAt;
    const heard = [newest, this.#queue.seen.lastChangeOf(id)].filter((at) =>
      typeof at === "string"
    );
    return {
      equipmentId: id,
      label,
      ...doingOf(facts, { work, isDown: place?.state === "down" }),
      work,
      destination: { ...stage, address: destination?.transport.address ?? "" },
      trouble: troubleOf(place),
      disk: this.#disk(id),
      heardAt: heard.sort().at(-1) ?? null,
      isPaused: facts.isPaused,
      attention: facts.runs.attention,
      waiting: facts.runs.on_the_way,
    };
  }

  #work(working: readonly Job[]): LaneWork | null {
    const known = new RunJobs(this.#house);
    const job = working.find(({ id }) => this.#house.progress?.of(id)) ?? working[0];
    if (!job) return null;
    const view = known.view(job);
    if (view.hold !== null) return null;
    const progress = this.#house.progress?.of(job.id) ?? null;
    return {
      jobId: job.id,
      name: runNames(view).name,
      progress,
      words: progress ? progressWords(progress) : "",
    };
  }

  #disk(equipmentId: string): LaneView["disk"] {
    const disks = this.#house.storage?.()?.disks.disks ?? [];
    const disk = disks.find(({ equipment }) => equipment.includes(equipmentId));
    if (!disk) return null;
    const free = `${formatBytes(disk.freeBytes)} free`;
    const tone: Tone = disk.warning === null ? "idle" : "bad";
    if (disk.fullAt === null) return { words: [free], tone };
    const leftMs = disk.fullAt.getTime() - this.#house.context.clock.now().getTime();
    // What is months away changes before it comes; Storage has it.
    if (leftMs > MOST_AHEAD_MS) return { words: [free], tone };
    if (leftMs > DAYS_AHEAD_MS) {
      return { words: [`${free}, full in ${durationWords(leftMs / 1_000)}`], tone };
    }
    return { words: [`${free}, full about `, { at: disk.fullAt.toISOString() }], tone };
  }
}

type Outcomes = ReturnType<Queue["runs"]["outcomes"]>;
type Places = ReadonlyMap<string, DestinationState>;

interface LaneFacts {
  readonly places: Places;
  readonly acquiring: readonly SeenRow[];
  readonly working: readonly Job[];
  readonly runs: Readonly<Record<RunOutcome, number>>;
  readonly isPaused: boolean;
  readonly closedUntil: string | null;
}

function doingOf(
  { acquiring, runs, isPaused, closedUntil }: LaneFacts,
  { work, isDown }: { readonly work: LaneWork | null; readonly isDown: boolean },
): { readonly doing: Words; readonly tone: Tone } {
  if (runs.attention > 0) {
    const verb = runs.attention === 1 ? "needs" : "need";
    return { doing: [`${manyOf(runs.attention, "run")} ${verb} you`], tone: "bad" };
  }
  const now = acquiring.find(({ phase }) => phase === "acquiring");
  if (work) return { doing: [work.words === "" ? "at work" : work.words], tone: "moving" };
  const waits = `${manyOf(runs.on_the_way, "run")} ${runs.on_the_way === 1 ? "waits" : "wait"}`;
  if (isPaused) {
    return { doing: [runs.on_the_way > 0 ? `paused, ${waits}` : "paused"], tone: "wait" };
  }
  if (isDown) return { doing: [runs.on_the_way > 0 ? waits : "nothing waits"], tone: "wait" };
  if (now) {
    const size = `${formatBytes(now.bytes)} so far`;
    return { doing: [`acquiring ${lastPart(now.runPath)}, ${size}`], tone: "moving" };
  }
  if (runs.on_the_way > 0 && closedUntil !== null) {
    return { doing: [`${waits} for `, { at: closedUntil }], tone: "wait" };
  }
  if (runs.on_the_way > 0) return { doing: [waits], tone: "idle" };
  return { doing: ["nothing to do"], tone: "idle" };
}

function troubleOf(place: DestinationState | undefined): Words[] {
  if (place?.state !== "down") return [];
  const again: Words = place.nextProbeAt === null
    ? []
    : [" It is asked again at ", { at: place.nextProbeAt }, "."];
  return [
    [`${place.reason ?? "It cannot be used"}. Since `, { at: place.since }, ".", ...again],
    ...(place.hint === null ? [] : [[place.hint]]),
  ];
}

function acquiringFact({ runPath, bytes, firstSeenAt, waitsFor }: SeenRow): AcquiringFact {
  return { name: lastPart(runPath), bytes, since: firstSeenAt, waitsFor: waitsFor ?? "" };
}

function countsOf(outcomes: Outcomes): Record<RunOutcome, number> {
  const counts: Record<RunOutcome, number> = {
    attention: 0,
    on_the_way: 0,
    safe: 0,
    handed_over: 0,
    not_proven: 0,
    cancelled: 0,
  };
  for (const { outcome, runs } of outcomes) counts[outcome] += runs;
  return counts;
}

/** `comparing · 1.2 GB of 30 GB · 84 MB/s · 6 min left`. */
export function progressWords(now: ProgressView): string {
  const { phase, bytes_done, bytes_total, bytes_per_second, eta_seconds } = now;
  return [
    lookUp(PHASE_WORDS, phase) ?? phase,
    `${formatBytes(bytes_done)} of ${formatBytes(bytes_total)}`,
    ...(bytes_per_second ? [`${formatBytes(bytes_per_second)}/s`] : []),
    ...(eta_seconds === null ? [] : [`${durationWords(eta_seconds)} left`]),
  ].join(" · ");
}
