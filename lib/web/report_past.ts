/** A report's past as the API tells it: its history a page at a time, and what changed between two versions. */
import { LabferryError } from "../base/mod.ts";
import {
  claimOf,
  diffOutlines,
  type HistoryLine,
  type Report,
  whoOf,
  wordsOf,
} from "../reports/mod.ts";
import type { z } from "zod";
import { cursorOf, readCursor } from "./cursor.ts";
import type { reportDiffShape, reportHistoryShape } from "./schemas/reports.ts";

/** The newest first. The trail is read from its beginning, and `limit` lines of it are kept. */
export async function historyPage(
  report: Report,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<z.output<typeof reportHistoryShape>> {
  const before = cursor === undefined ? Infinity : Number(readCursor("report_history", cursor));
  const kept: HistoryLine[] = [];
  let older = false;
  for await (const line of report.history()) {
    if (!(line.number < before)) break;
    kept.push(line);
    if (kept.length > limit) {
      kept.shift();
      older = true;
    }
  }
  const events = kept.reverse().map(shownLine);
  const last = events.at(-1);
  return { events, next: older && last ? cursorOf("report_history", String(last.line)) : null };
}

function shownLine({ number, event, fault }: HistoryLine) {
  const claim = event ? claimOf(event) : null;
  const moved = claim !== null && claim.fromVersion !== claim.toVersion;
  return {
    line: number,
    action_id: event?.action_id ?? null,
    at: event?.ts ?? null,
    who: event ? whoOf(event) : null,
    words: event ? wordsOf(event) : null,
    version: moved ? claim.toVersion : null,
    fault,
  };
}

/** @throws LabferryError `unknown_version` */
export async function difference(
  report: Report,
  asked: { readonly from?: number | undefined; readonly to?: number | undefined },
): Promise<z.output<typeof reportDiffShape>> {
  const { outline: present } = await report.read();
  const after = asked.to === undefined ? present : await report.atVersion(asked.to);
  const from = asked.from ?? after.outline_version - 1;
  if (from < 1) {
    throw new LabferryError("unknown_version", "the report has only one version", {
      hint: "there is nothing to compare it with yet",
    });
  }
  const before = await report.atVersion(from);
  return { from, to: after.outline_version, differences: diffOutlines(before, after) };
}
