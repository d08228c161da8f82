/** What can be asked about findings and overrides, beside the `Control` of jobs. */
import type { Finding, ListedOverride, Problem } from "../gate/mod.ts";

export interface ProblemsView {
  /** When the audit that found all this ended; null before the first one did. */
  readonly audited_at: string | null;
  readonly runs: number;
  /** Hard findings that no override covers, and soft ones; the lists below are capped. */
  readonly hard: number;
  readonly soft: number;
  readonly findings: readonly Finding[];
  /** Places that could not be judged. */
  readonly problems: readonly Problem[];
  /** Paths of runs whose records hold overrides, whatever has become of them. */
  readonly overridden: readonly string[];
}

export interface OverrideDraft {
  readonly class: string;
  readonly operator: string;
  readonly reason: string;
  readonly expires_at?: string | null | undefined;
}

export interface RevocationDraft {
  readonly id: string;
  readonly operator: string;
  readonly reason: string;
}

export interface GateControl {
  problems(): Promise<ProblemsView>;
  overrides(runPath: string): Promise<readonly ListedOverride[]>;
  /** Each answers with all overrides as they are then. */
  addOverride(runPath: string, draft: OverrideDraft): Promise<readonly ListedOverride[]>;
  revokeOverride(runPath: string, draft: RevocationDraft): Promise<readonly ListedOverride[]>;
}
