/**
 * What a report says, for pages that show a line of it and are asked for at each piece of news. Opening
 * one takes its lock, walks the end of its history and reads all of its outline; an outline is replaced by
 * rename, so while its file is the same its text is what was read of it.
 */
import type { Outline, Report, ReportStore } from "../../../reports/mod.ts";

/** An outline of some hundred runs is some hundred kilobytes. */
const MOST_KEPT = 4;

interface Kept {
  readonly file: string;
  readonly outline: Outline;
}

const keptOf = new WeakMap<ReportStore, Map<string, Kept>>();

/** @throws {LabferryError} as `Report.read` does */
export async function glanceAt(store: ReportStore, report: Report): Promise<Outline> {
  const kept = keptOf.get(store) ?? new Map<string, Kept>();
  keptOf.set(store, kept);
  // Before it is read: of one that is replaced in between, the next look sees another file.
  const file = await report.outlineMark();
  const known = kept.get(report.id);
  if (file !== null && known?.file === file) return known.outline;
  const { outline } = await report.read();
  kept.delete(report.id);
  if (file !== null) kept.set(report.id, { file, outline });
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return outline;
}
