/**
 * Whether transfers wait for the instrument's own software, from what was last seen of the computer: a
 * pure function. What cannot be told never makes a transfer wait; it is said instead.
 */
import type { YieldSettings } from "../config/mod.ts";

/** One look at the computer. */
export interface Seen {
  /** Names of the running programs; null when the system did not say. */
  readonly names: readonly string[] | null;
  /** Percent of all processors that others used since the look before; null: no span, or not told. */
  readonly othersPercent: number | null;
  /** Why something of it is not known; null when all is. */
  readonly unknown: string | null;
}

/** What the looks so far amount to. */
export interface Standing {
  /** `ZEN.exe is running`; null: transfers may go. */
  readonly waitsFor: string | null;
  /** Since when; null while nothing waits. */
  readonly since: string | null;
  /** What could not be told, so that nobody takes silence for an answer. */
  readonly unknown: string | null;
  /** Looks in a row that were over the limit (above 0) or not (below). */
  readonly overInRow: number;
}

export const AT_FIRST: Standing = { waitsFor: null, since: null, unknown: null, overInRow: 0 };

/** One busy look is a program that starts; two are work. */
const LOOKS_TO_YIELD = 2;
/** An acquisition pauses between two frames: the computer has to be calm for about a minute. */
const LOOKS_TO_GO_ON = 6;

export interface Look {
  readonly before: Standing;
  readonly seen: Seen;
  readonly settings: YieldSettings;
  readonly at: Date;
}

export function standingAfter(look: Look): Standing {
  const { before, seen, settings, at } = look;
  const overInRow = countedOn(look);
  const program = runningOf(settings.processes, seen.names ?? []);
  const waitsFor = program !== null
    ? `${program} is running`
    : isBusy(before, overInRow)
    ? busyWords(look)
    : null;
  const since = waitsFor === null ? null : before.since ?? at.toISOString();
  return { waitsFor, since, unknown: seen.unknown, overInRow };
}

/** The first of `wanted` that runs. Case and a trailing `.exe` are no difference. */
function runningOf(wanted: readonly string[], names: readonly string[]): string | null {
  const running = new Set(names.map(folded));
  return wanted.find((name) => running.has(folded(name))) ?? null;
}

function folded(name: string): string {
  return name.toLowerCase().replace(/\.exe$/, "");
}

function countedOn({ before: { overInRow }, seen, settings: { cpuAbovePercent } }: Look): number {
  if (cpuAbovePercent === null || seen.othersPercent === null) return 0;
  return seen.othersPercent > cpuAbovePercent
    ? Math.max(overInRow, 0) + 1
    : Math.min(overInRow, 0) - 1;
}

const BUSY = "the computer is busy";

function isBusy(before: Standing, overInRow: number): boolean {
  if (overInRow >= LOOKS_TO_YIELD) return true;
  const wasBusy = before.waitsFor?.startsWith(BUSY) ?? false;
  return wasBusy && overInRow !== 0 && overInRow > -LOOKS_TO_GO_ON;
}

function busyWords({ before, seen, settings }: Look): string {
  const percent = Math.round(seen.othersPercent ?? 0);
  // While it grows calm the words stay: a number below the limit would be no reason.
  if (percent <= settings.cpuAbovePercent! && before.waitsFor !== null) return before.waitsFor;
  return `${BUSY} (others use ${percent} % of it, and ${settings.cpuAbovePercent} % is the limit)`;
}
