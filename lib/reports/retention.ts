/**
 * Which backups may go: all are kept for a month, then the last of each day for a year, then the
 * last of each month. What goes is written into the history first, so that a missing backup is
 * either explained or a break.
 */
import { join } from "node:path";
import { removeIfThere } from "../disk/mod.ts";
import type { Backup } from "./backups.ts";
import type { ReportFolder } from "./report_folder.ts";

export interface Retention {
  /** Every backup is kept for these days. @default {30} */
  readonly allDays: number;
  /** After that the last of each UTC day, for these days; then the last of each month. @default {365} */
  readonly dailyDays: number;
}

export const DEFAULT_RETENTION: Retention = { allDays: 30, dailyDays: 365 };

const DAY_MS = 24 * 3600 * 1000;

/** The backups (given oldest first) that the rule lets go; the newest always stays. */
export function outlived(
  backups: readonly Backup[],
  now: Date,
  { allDays, dailyDays }: Retention = DEFAULT_RETENTION,
): Backup[] {
  return backups.filter((backup, i) => {
    const next = backups[i + 1];
    const ageDays = (now.getTime() - backup.takenAt.getTime()) / DAY_MS;
    if (!next || ageDays <= allDays) return false;
    const period = ageDays <= dailyDays ? 10 : 7;
    return periodOf(backup, period) === periodOf(next, period);
  });
}

/** `2026-04-17` or `2026-04`. */
function periodOf({ takenAt }: Backup, length: number): string {
  return takenAt.toISOString().slice(0, length);
}

/** Removes backups whose going has been recorded; what is gone already is no fault. */
export async function removeBackups(folder: ReportFolder, names: readonly string[]): Promise<void> {
  for (const name of names) await removeIfThere(join(folder.backupsDir, name));
}
