/**
 * The words for what is shown to a person, by page, command line and metrics. Those of states, holds
 * and events live beside their types (`queue/words.ts`, which reports use as well), those of proofs
 * in `base/strength.ts`, the advice of an error in `base/codes/`.
 */
import { type Code, CODES, counted, formatBytes, knownCode, lookUp } from "../base/mod.ts";
import {
  EVENT_WORDS,
  type FarAccount,
  FURTHER_STAGES,
  HOLD_WORDS,
  JOB_STATES,
  type Loss,
  lossIn,
  type OriginCounts,
  type RunOrder,
  type RunOutcome,
  type Stage,
  stageOf,
  STATE_WORDS,
} from "../queue/mod.ts";
import type { Progress } from "../sync/mod.ts";
import { inRuleWords } from "./rule_words.ts";
import type {
  AcquiringView,
  DestinationView,
  JobView,
  NotLookedAfterView,
  StatusView,
} from "./views.ts";

export const PHASE_WORDS: Readonly<Record<Progress["phase"], string>> = {
  sealing: "listing files",
  preparing: "preparing",
  sending: "sending",
  proving: "comparing",
  recording: "writing records",
  fetching: "bringing back",
};

export const DESTINATION_STAGES = {
  up: { words: "available", tone: "safe" },
  down: { words: "cannot be used", tone: "bad" },
  unknown: { words: "not asked yet", tone: "idle" },
  full: { words: "full", tone: "bad" },
  unreachable: { words: "cannot be reached", tone: "bad" },
  /** Something is being sent there, even before anything was proven. */
  inUse: { words: "in use", tone: "moving" },
  paused: { words: "paused", tone: "wait" },
} as const satisfies Readonly<Record<string, Stage>>;

/** What a run comes to, where runs are counted and chosen. */
export const OUTCOME_WORDS: Readonly<Record<RunOutcome, Stage>> = {
  attention: { words: "need you", tone: "bad" },
  on_the_way: { words: "on the way", tone: "moving" },
  safe: { words: "safe", tone: "safe" },
  handed_over: FURTHER_STAGES.handedOver,
  not_proven: { words: "not proven", tone: "wait" },
  cancelled: { words: "cancelled", tone: "idle" },
};

export const ORDER_WORDS: Readonly<Record<RunOrder, string>> = {
  newest: "newest first",
  oldest: "oldest first",
  largest: "largest first",
  name: "by project and name",
};

/** Why a destination is down, where a person wants to know more than that it is. */
export const DOWN_BY_CODE = {
  destination_full: "full",
  unreachable: "unreachable",
  name_resolution: "unreachable",
} as const satisfies Readonly<Partial<Record<Code, keyof typeof DESTINATION_STAGES>>>;

/** What the stage of a job depends on, as it is given out. */
export type ShownJob = Pick<
  JobView,
  "state" | "hold" | "verify_passes" | "last_error" | "alarm" | "handed_over"
>;

export function stageOfJob(job: ShownJob): Stage {
  const { state, hold, verify_passes, last_error, alarm, handed_over } = job;
  return stageOf({
    state,
    hold,
    verifyPasses: verify_passes,
    lastError: last_error,
    alarm,
    handedOver: handed_over,
  });
}

/** A kind that only a newer labferry knows is shown as it is. */
export function eventWords(kind: string): string {
  return lookUp(EVENT_WORDS, kind) ?? kind.replaceAll("_", " ");
}

export function destinationStage(
  { state, code }: Pick<DestinationView, "state" | "code">,
): Stage {
  const why = code === null ? undefined : lookUp(DOWN_BY_CODE, code);
  return DESTINATION_STAGES[why ?? state];
}

/** What a run that is not in the queue waits for. */
export function acquiringWords(
  { phase, waits_for }: Pick<AcquiringView, "phase" | "waits_for">,
): string {
  return phase === "odd" ? `not taken: ${waits_for}` : `waits for ${waits_for}`;
}

/** `340 GB ahead`, which says nothing of safe; empty where nothing was sent ahead. */
export function aheadWords({ ahead }: Pick<AcquiringView, "ahead">): string {
  if (ahead === null) return "";
  const stops = ahead.waits_for === null
    ? ""
    : ` (no more for now: ${inRuleWords(ahead.waits_for)})`;
  return `${formatBytes(ahead.bytes)} ahead${stops}`;
}

/** `not looked after: 412 runs, 3.9 TB`. */
export function notLookedAfterWords(
  { runs, bytes }: Pick<NotLookedAfterView, "runs" | "bytes">,
): string {
  return `not looked after: ${counted(runs, "run")}, ${formatBytes(bytes)}`;
}

/** What the instrument states of its files, compared with what was read here. */
export function originWords({ matched, differs, not_stated: notStated }: OriginCounts): string {
  return `matched ${matched}, differs ${differs}, not stated ${notStated}`;
}

/** Null where nothing was left out, or nothing of it differs: then its names say all. */
export function lossOf(leftOut: FarAccount["left_out"] | undefined): Loss | null {
  return leftOut?.differing ? lossIn(leftOut) : null;
}

/** What to do about an error: its own hint, which knows the file, or else what its code advises. */
export function adviceFor(
  { code, hint }: { readonly code: string; readonly hint?: string | undefined },
): string {
  return hint ?? CODES[knownCode(code) ?? "unknown"].advice;
}

/**
 * What to do about an alarm: the code's own advice speaks of a copy here, which such a run has not, and of
 * a retry, which it refuses.
 */
export const ALARM_ADVICE =
  "Put the damaged files back over there from a backup or a snapshot of the destination, then `labferry verify RUN` takes the alarm away. What is whole there comes back with `labferry restore RUN`. If the damaged ones are lost for good, `labferry retry RUN --accept-missing --operator NAME --reason TEXT` lets the run go on without them.";

/** `["3 being sent", "12 safe"]`: runs at each stage. */
export function countWords(
  { counts, held, not_proven, alarmed, handed_over }: Pick<
    StatusView,
    "counts" | "held" | "not_proven" | "alarmed" | "handed_over"
  >,
): string[] {
  const byWords = new Map<string, number>();
  const add = (words: string, count: number) =>
    byWords.set(words, (byWords.get(words) ?? 0) + count);
  for (const state of JOB_STATES) add(STATE_WORDS[state].words, counts[state] ?? 0);
  for (const [state, count] of Object.entries(counts)) {
    if (!Object.hasOwn(STATE_WORDS, state)) add(state, count);
  }
  for (const { state, hold, runs } of held) {
    add(STATE_WORDS[state].words, -runs);
    add(lookUp(HOLD_WORDS, hold)?.words ?? hold, runs);
  }
  add(STATE_WORDS.cleaned.words, -not_proven - alarmed);
  add(FURTHER_STAGES.alarmed.words, alarmed);
  add(FURTHER_STAGES.notProven.words, not_proven);
  add(STATE_WORDS.verified.words, -handed_over);
  add(FURTHER_STAGES.handedOver.words, handed_over);
  return [...byWords].flatMap(([words, count]) => count > 0 ? [`${count} ${words}`] : []);
}

/** What a `resume` came to: one of everything leaves what is paused by itself, and the other way round. */
export function resumedWords(scope: string, left: readonly string[]): string {
  if (scope !== "*") {
    return left.includes("*")
      ? `${scope} is resumed by itself, but everything is still paused`
      : `${scope} is resumed`;
  }
  return left.length === 0
    ? "Everything is resumed"
    : `Everything is resumed but ${left.join(", ")}, paused by ${
      left.length === 1 ? "itself" : "themselves"
    }`;
}
