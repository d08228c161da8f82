/** What old runs teach: how they end, how long they pause, how much comes a day. Pure. */
import type { Preset } from "../presets/mod.ts";
import type { OldRun, OldRuns } from "./old_runs.ts";

export interface Lesson {
  /** Folders with data; those that have been quiet for a day are taken for finished. */
  readonly runs: number;
  readonly finished: number;
  readonly files: number;
  readonly bytes: number;
  readonly bytesPerDay: number;
  /** Null where no run shows its pauses. */
  readonly longestPauseMs: number | null;
  /** The best first: those whose end most finished runs have, and of them the ones that ask for most. */
  readonly presets: readonly { readonly preset: Preset; readonly of: number }[];
  /** A file that came last in nearly every finished run; null when there is none. */
  readonly last: { readonly name: string; readonly of: number } | null;
  readonly quietMinutes: number;
}

const DAY_MS = 24 * 3600 * 1000;
const MINUTE_MS = 60_000;
/** Fewer show nothing. */
export const FEWEST_RUNS = 3;
/** Some runs of every instrument are aborted. */
const NEARLY_ALL = 0.9;
/** Of so many runs one may be, where a preset fits all others. */
const FEWEST_WITH_ONE_ABORTED = 4;
/** Where no pause can be seen. */
const GUESSED_MINUTES = 60;
const USUAL_MINUTES = [5, 10, 15, 30, 60, 120, 240, 480, 1440] as const;

export function lessonOf(
  { runs: all }: Pick<OldRuns, "runs">,
  { presets, nowMs }: { readonly presets: readonly Preset[]; readonly nowMs: number },
): Lesson {
  const runs = all.filter(({ files }) => files > 0);
  const finished = runs.filter(({ lastMs }) => lastMs < nowMs - DAY_MS);
  const bytes = sum(runs, ({ bytes }) => bytes);
  const longestPauseMs = longestPause(finished.filter(({ hasPauses }) => hasPauses));
  return {
    runs: runs.length,
    finished: finished.length,
    files: sum(runs, ({ files }) => files),
    bytes,
    bytesPerDay: bytes / Math.max(1, spanMs(runs) / DAY_MS),
    longestPauseMs,
    presets: fitting(finished, presets),
    last: lastOf(finished),
    quietMinutes: quietFor(longestPauseMs),
  };
}

function fitting(
  finished: readonly OldRun[],
  presets: readonly Preset[],
): { readonly preset: Preset; readonly of: number }[] {
  if (finished.length < FEWEST_RUNS) return [];
  return presets
    .map((preset) => ({
      preset,
      of: finished.filter(({ ended }) => ended.includes(preset.name)).length,
    }))
    .filter(({ of }) => of >= fewestThatFit(finished.length))
    .sort((a, b) => asksFor(b.preset) - asksFor(a.preset) || b.of - a.of);
}

function fewestThatFit(runs: number): number {
  return Math.min(NEARLY_ALL * runs, runs >= FEWEST_WITH_ONE_ABORTED ? runs - 1 : runs);
}

/** How much a preset asks for: what asks for more and is met all the same says more. */
function asksFor({ keys: { done, expect = [] } }: Preset): number {
  const { all = [], any = [], ...rest } = (done ?? {}) as Record<string, readonly string[]>;
  return all.length + Math.min(1, any.length) + 2 * Object.keys(rest).length + expect.length / 2;
}

function lastOf(finished: readonly OldRun[]): Lesson["last"] {
  if (finished.length < FEWEST_RUNS) return null;
  const counts = new Map<string, number>();
  for (const { newest } of finished) {
    for (const name of newest) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (best === undefined || best[1] < NEARLY_ALL * finished.length) return null;
  return { name: best[0], of: best[1] };
}

function longestPause(runs: readonly OldRun[]): number | null {
  return runs.length === 0
    ? null
    : runs.reduce((most, run) => Math.max(most, run.longestPauseMs), 0);
}

/** Well over the longest pause that was seen. */
function quietFor(longestPauseMs: number | null): number {
  if (longestPauseMs === null) return GUESSED_MINUTES;
  const least = 2.5 * longestPauseMs / MINUTE_MS;
  return USUAL_MINUTES.find((minutes) => minutes >= least) ?? USUAL_MINUTES.at(-1)!;
}

function spanMs(runs: readonly OldRun[]): number {
  if (runs.length === 0) return 0;
  const first = runs.reduce((least, { firstMs }) => Math.min(least, firstMs), Infinity);
  return runs.reduce((most, { lastMs }) => Math.max(most, lastMs), 0) - first;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
