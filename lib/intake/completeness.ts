/**
 * Whether a run is complete: a pure function of what was seen of it. The configured signal has to say
 * so, the data has to have been quiet, and nobody may hold a file open for writing where that can be
 * known.
 *
 * Quiet is counted in time that the service has itself lived through, so that a clock that steps
 * completes nothing early and holds nothing for ever. The wall clock is asked one thing only: whether
 * a file was written a moment ago. Its answer can hold a run back for two seconds, not longer.
 */
import type { AwaitedSignal } from "./received_signal.ts";
import type { RunRules } from "../config/mod.ts";
import type { Marks } from "./marks.ts";
import type { Newest } from "./newest.ts";
import { forbiddenThere, type RuleEvidence, ruleEvidence } from "./run_rules.ts";
import { judgeDone } from "./signals/done.ts";
import { judgeHandedOver } from "./signals/handed_over.ts";
import { judgeManifest } from "./signals/manifest.ts";
import { judgeManual } from "./signals/manual.ts";
import { judgeQuietPeriod } from "./signals/quiet_period.ts";
import { judgeSentinels } from "./signals/sentinel_file.ts";
import type { SignalSeen, SignalVerdict } from "./signals/signal.ts";

/** What is known of a run whose data is looked at. */
export interface SeenRun extends SignalSeen {
  readonly firstSeenAt: string;
  /** Data files only: records and litter count nowhere here. */
  readonly files: number;
  readonly bytes: number;
  readonly newest: Newest;
  /** Service time when the data last looked different from the look before. */
  readonly changedObservedMs: number;
  /** What of the run could not be looked at; null when all of it was. */
  readonly problem: string | null;
  readonly writers: Writers;
  readonly marks: Marks;
}

/** Who holds files of the run open for writing, as far as that can be known. */
export interface Writers {
  readonly open: readonly { readonly path: string; readonly pid: number }[];
  /** Why there may be others than `open`; null when there are none. */
  readonly unknown: string | null;
}

export interface CompletenessPolicy {
  readonly completeness: AwaitedSignal;
  readonly rules: RunRules;
  readonly settleMs: number;
}

export interface JudgedAt {
  readonly wallMs: number;
  /** Time the service has lived through, over restarts. */
  readonly observedMs: number;
}

/** What is stored with the generation: how completeness was known. Names are a contract (formats.md). */
export interface Evidence extends RuleEvidence {
  readonly signal: AwaitedSignal["signal"] | "enqueued";
  readonly first_seen_at?: string;
  readonly judged_at: string;
  readonly files?: number;
  readonly bytes?: number;
  readonly quiet_ms?: number;
  /** `none`, or `unknown` where it cannot be known who writes. */
  readonly open_for_writing?: "none" | "unknown";
  readonly open_for_writing_why?: string;
  readonly [detail: string]: unknown;
}

export type Verdict =
  | { readonly kind: "complete"; readonly evidence: Evidence }
  | {
    readonly kind: "acquiring";
    /** As people read it: `acquisition_complete.flag is not there`. */
    readonly waitsFor: string;
    /** Null: at the next scan. */
    readonly lookAgainInMs: number | null;
    /** Time alone does not end the wait: something of the run's data has to come, go or change. */
    readonly isForChange?: true;
    /** Paths whose hash has to be known before it can be said. */
    readonly hash?: readonly string[];
  }
  | { readonly kind: "odd"; readonly why: string };

/** A file changed less than so long ago is never quiet: file systems count in seconds, some in two. */
const FRESH_MS = 2_000;
/** The second in which it was changed has to be over, also where times are finer. */
const FRESH_EXACT_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function judge(seen: SeenRun, about: Judging): Verdict {
  const verdict = judgeNow(seen, about);
  return verdict.kind === "acquiring" ? stalled(verdict, { seen, ...about }) ?? verdict : verdict;
}

interface Judging {
  readonly policy: CompletenessPolicy;
  readonly now: JudgedAt;
}

/** A run whose end does not come is a person's: its instrument may have died, and nobody knows. */
function stalled(
  { waitsFor }: Extract<Verdict, { kind: "acquiring" }>,
  { seen, policy, now }: Judging & { readonly seen: SeenRun },
): Verdict | null {
  const { stalledAfterHours } = policy.rules;
  const quietMs = now.observedMs - seen.changedObservedMs;
  if (stalledAfterHours === null || quietMs < stalledAfterHours * HOUR_MS) return null;
  const days = Math.floor(quietMs / DAY_MS);
  const since = days < 2 ? `${Math.floor(quietMs / HOUR_MS)} hours` : `${days} days`;
  return { kind: "odd", why: `stalled: unchanged for ${since}, and still waiting for ${waitsFor}` };
}

function judgeNow(seen: SeenRun, { policy, now }: Judging): Verdict {
  if (seen.files === 0) return waitingForChange("the first file");
  const signal = judgeSignal(seen, policy.completeness);
  const needMs = Math.max(policy.settleMs, signal.kind === "complete" ? signal.quietMs ?? 0 : 0);
  const quietMs = now.observedMs - seen.changedObservedMs;
  const freshMs = freshFor(seen, now.wallMs);
  const restMs = Math.max(needMs - quietMs, freshMs);
  if (restMs > 0) {
    const waitsFor = signal.kind === "waits" ? signal.waitsFor : "quiet";
    return waiting(waitsFor, restMs);
  }
  if (seen.problem !== null) return { kind: "odd", why: seen.problem };
  if (signal.kind === "odd") return signal;
  if (signal.kind === "waits") return waitingForChange(signal.waitsFor);
  // A stale journal stays for ever: a person's word that the run is over stands above it.
  const forbidden = seen.word === null ? forbiddenThere(seen.marks, policy.rules) : null;
  if (forbidden !== null) return waitingForChange(forbidden);
  const [writer] = seen.writers.open;
  if (writer) return waiting(`${writer.path} to be closed by process ${writer.pid}`);
  if (signal.hash && signal.hash.length > 0) {
    return { ...waiting("the manifest's hashes to be compared"), hash: signal.hash };
  }
  return { kind: "complete", evidence: evidenceOf(seen, { signal, policy, now, quietMs }) };
}

/** A person's word stands for whatever signal an instrument fails to give. */
function judgeSignal(seen: SeenRun, completeness: AwaitedSignal): SignalVerdict {
  if (seen.word !== null) return judgeManual(seen);
  switch (completeness.signal) {
    case "sentinel_file":
      return judgeSentinels(seen, completeness.filenames);
    case "manifest":
      return judgeManifest(seen, completeness.filename);
    case "quiet_period":
      return judgeQuietPeriod(completeness.quietMinutes);
    case "manual":
      return judgeManual(seen);
    case "done":
      return judgeDone(seen.marks, completeness);
    case "handed_over":
      return judgeHandedOver(seen);
  }
}

/** How long the newest file stays too fresh. One from the future (a clock that was wrong) is not. */
function freshFor({ newest: { exactMs, coarseMs } }: SeenRun, wallMs: number): number {
  const rest = (ms: number | null, freshMs: number) => {
    const age = ms === null ? Infinity : wallMs - ms;
    return Math.abs(age) < freshMs ? freshMs - Math.max(age, 0) : 0;
  };
  return Math.max(rest(exactMs, FRESH_EXACT_MS), rest(coarseMs, FRESH_MS));
}

function waiting(
  waitsFor: string,
  lookAgainInMs: number | null = null,
): Extract<Verdict, { kind: "acquiring" }> {
  return { kind: "acquiring", waitsFor, lookAgainInMs };
}

function waitingForChange(waitsFor: string): Extract<Verdict, { kind: "acquiring" }> {
  return { ...waiting(waitsFor), isForChange: true };
}

function evidenceOf(
  seen: SeenRun,
  { signal, policy, now, quietMs }: {
    readonly signal: Extract<SignalVerdict, { kind: "complete" }>;
    readonly policy: CompletenessPolicy;
    readonly now: JudgedAt;
    readonly quietMs: number;
  },
): Evidence {
  const { firstSeenAt, files, bytes, writers } = seen;
  return {
    signal: seen.word === null ? policy.completeness.signal : "manual",
    ...signal.evidence,
    ...ruleEvidence(seen.marks, policy.rules),
    first_seen_at: firstSeenAt,
    judged_at: new Date(now.wallMs).toISOString(),
    files,
    bytes,
    quiet_ms: quietMs,
    ...(writers.unknown === null
      ? { open_for_writing: "none" }
      : { open_for_writing: "unknown", open_for_writing_why: writers.unknown }),
  };
}
