/** What scripts and the page see of a run's custody; a contract as `views.ts` is. */
import type { Brought, DeletionVerdict } from "../custody/mod.ts";
import type { JobView } from "./views.ts";

export interface InterlockView {
  readonly name: string;
  readonly stand: "holds" | "waits" | "blocks";
  readonly sentence: string;
  /** When it will hold by itself, ISO 8601. */
  readonly from: string | null;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface CustodyView {
  readonly job: JobView;
  /** Whether local copies are deleted here at all. */
  readonly enabled: boolean;
  /** The look that a deletion makes first is all that is missing. */
  readonly may_go: boolean;
  /** When that will be so if nothing comes in between; null when nobody can say. */
  readonly deletable_from: string | null;
  /** What stands in the way, in words; null when nothing does. */
  readonly reason: string | null;
  readonly interlocks: readonly InterlockView[];
  /** When the far copy is compared next by itself. */
  readonly next_pass_at: string | null;
  /** Time that labferry has watched, in hours: what ages and gaps are counted in, beside the clock. */
  readonly observed_hours: number;
  /** What would go: data files that are here, and what they take. */
  readonly local: { readonly files: number; readonly bytes: number };
}

export interface CleanedView {
  readonly job: JobView;
  readonly outcome: "cleaned" | "kept";
  /** Why it is kept; of one that went, why its records stay; null when all went as it was to. */
  readonly reason: string | null;
  readonly files: number;
  readonly bytes: number;
}

/** What a restore brought; names are capped, counts are whole. */
export interface BroughtView {
  /** The folder that the run's files are in. */
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
  readonly already_here: { readonly files: number; readonly bytes: number };
  /** Something else has the name here, and was left as it is. */
  readonly different: NamesView;
  readonly missing: NamesView;
  readonly damaged: NamesView;
  /** Records that were gone here too. */
  readonly records: number;
}

interface NamesView {
  readonly count: number;
  readonly names: readonly string[];
}

export interface RestoredView extends BroughtView {
  readonly job: JobView;
}

export function broughtView(
  { files, bytes, alreadyHere, different, missing, damaged, records, to }: Brought & {
    readonly records: number;
    readonly to: string;
  },
): BroughtView {
  return { to, files, bytes, already_here: alreadyHere, different, missing, damaged, records };
}

export interface CustodyOf {
  readonly job: JobView;
  readonly verdict: DeletionVerdict;
  readonly enabled: boolean;
  readonly observedMs: number;
  readonly local: CustodyView["local"];
}

export function custodyView(
  { job, verdict, enabled, observedMs, local }: CustodyOf,
): CustodyView {
  return {
    job,
    enabled,
    may_go: verdict.isWorthLooking,
    deletable_from: verdict.deletableFrom,
    reason: verdict.isWorthLooking ? null : verdict.reason,
    interlocks: verdict.interlocks.map(({ name, stand, sentence, from, evidence }) => ({
      name,
      stand,
      sentence,
      from,
      evidence,
    })),
    next_pass_at: job.state === "verified" || job.state === "cleaned" ? job.next_attempt_at : null,
    observed_hours: Math.round(observedMs / 360_000) / 10,
    local,
  };
}
