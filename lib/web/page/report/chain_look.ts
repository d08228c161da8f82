/**
 * Whether a report's history is as it was written, asked for by everybody who looks at its pages. The
 * walk reads the whole trail and all backups, so one answer serves for a minute.
 */
import type { Report, ReportStore, ReportVerification } from "../../../reports/mod.ts";

const LIFE_MS = 60_000;
const MOST_REPORTS = 50;

export interface ChainLook {
  readonly found: ReportVerification;
  /** ISO 8601. */
  readonly at: string;
}

type Looks = Map<string, { readonly atMs: number; readonly look: Promise<ChainLook> }>;
const looksOf = new WeakMap<ReportStore, Looks>();

/**
 * Ask before the report is opened: an opening writes down what was changed by hand, and covers it.
 */
export function lookAtChain(
  store: ReportStore,
  { report, now }: { readonly report: Report; readonly now: Date },
): Promise<ChainLook> {
  const looks = looksOf.get(store) ?? new Map();
  looksOf.set(store, looks);
  const known = looks.get(report.id);
  if (known && now.getTime() - known.atMs < LIFE_MS) return known.look;
  const look = report.verify().then((found) => ({ found, at: now.toISOString() }));
  looks.delete(report.id);
  looks.set(report.id, { atMs: now.getTime(), look });
  // What could not be looked at is looked at anew by the next who asks; this one is told why.
  look.catch(() => looks.delete(report.id));
  for (const oldest of looks.keys()) {
    if (looks.size <= MOST_REPORTS) break;
    looks.delete(oldest);
  }
  return look;
}

/** After a change of ours: what was seen before it says nothing of now. */
export function forgetChain(store: ReportStore, id: string): void {
  looksOf.get(store)?.delete(id);
}
