/** Which report a person means. */
import { LabferryError } from "../base/mod.ts";
import type { IndexEntry } from "./report_index.ts";
import { visible } from "./wording.ts";

/** A prefix that is shorter says too little, and is more likely a word of a title. */
const SHORTEST_PREFIX = 4;
const MOST_LISTED = 20;

/** @throws {LabferryError} `unknown_report`, `ambiguous_report` */
export function findIn(entries: readonly IndexEntry[], wanted: string): IndexEntry {
  for (const fitting of candidates(entries, wanted)) {
    if (fitting.length === 1) return fitting[0]!;
    if (fitting.length > 1) throw ambiguous(wanted, fitting);
  }
  throw new LabferryError("unknown_report", `there is no report ${JSON.stringify(wanted)}`, {
    hint:
      "`labferry report list` shows what there is; give an id, the beginning of one, or a title",
  });
}

/** From the surest meaning to the widest; deleted reports only when nothing else fits. */
function* candidates(
  entries: readonly IndexEntry[],
  wanted: string,
): Generator<readonly IndexEntry[]> {
  if (wanted === "") return;
  const folded = wanted.toLowerCase();
  for (const group of [entries.filter(({ status }) => status !== "deleted"), entries]) {
    const byPrefix = folded.length >= SHORTEST_PREFIX
      ? group.filter(({ report_id }) => report_id.startsWith(folded))
      : [];
    const byTitle = group.filter(({ current_title }) => current_title === wanted);
    yield [...new Set([...byPrefix, ...byTitle])];
    yield group.filter(({ current_title }) => current_title.toLowerCase() === folded);
    yield group.filter(({ current_title }) => current_title.toLowerCase().includes(folded));
  }
}

function ambiguous(wanted: string, fitting: readonly IndexEntry[]): LabferryError {
  const named = fitting.slice(0, MOST_LISTED).map((entry) =>
    `${entry.report_id.slice(0, 8)} ${JSON.stringify(visible(entry.current_title))}`
  );
  const more = fitting.length > named.length ? `, and ${fitting.length - named.length} more` : "";
  return new LabferryError(
    "ambiguous_report",
    `${JSON.stringify(wanted)} fits ${fitting.length} reports`,
    { why: named.join(", ") + more, hint: "give the whole title, or more of the id" },
  );
}
