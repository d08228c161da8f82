/**
 * The gate in front of the queue: asked when a run is enqueued and again just before its transfer
 * starts. A blocked run is held with its findings on the timeline; it goes by itself when nothing
 * blocks it any more.
 */
import type { Clock } from "../base/mod.ts";
import {
  type AuditCache,
  auditOneRun,
  type Finding,
  type GateSettings,
  type GateVerdict,
  gateVerdict,
  type PlaceAudit,
} from "../gate/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { MachineEvent } from "../jobs/mod.ts";

export interface Gatekeeper {
  /** @throws LabferryError `not_found`, `unreadable` when there is nothing to judge */
  judge(runPath: string, signal: AbortSignal): Promise<GateVerdict>;
}

export interface GatekeeperOptions {
  readonly settings: GateSettings;
  readonly clock: Clock;
  /** What earlier audits learned; shared with the background audit. */
  readonly cache?: AuditCache;
  readonly roots?: readonly string[];
  readonly destinationBases?: Readonly<Record<string, string>>;
  /** For `ship`: any folder, without records. */
  readonly loose?: boolean;
  /** As `AuditOptions.answerMs`. */
  readonly answerMs?: number;
  /** Findings that no look at the tree shows: what the instrument states and is not so. */
  readonly also?: (runPath: string) => readonly Finding[];
}

export function makeGatekeeper(
  { clock, also = () => [], ...options }: GatekeeperOptions,
): Gatekeeper {
  return {
    async judge(runPath, signal) {
      const now = clock.now();
      const place = await auditOneRun(runPath, { ...options, signal, now });
      return verdictOf({ ...place, findings: [...place.findings, ...also(runPath)] }, now);
    },
  };
}

/** Lets everything pass: `ship --no-gate`. */
export const openGate: Gatekeeper = { judge: () => Promise.resolve({ kind: "pass" }) };

/** A place's own faults and those of the folders above it, with its overrides. */
export function verdictOf(
  { findings, above, overrides, problems }: PlaceAudit,
  now: Date,
): GateVerdict {
  return gateVerdict([...findings, ...above], { overrides, now, problems });
}

/** Findings kept on the timeline; the audit lists them all. */
const MOST_LISTED = 50;

export function holdEvent(verdict: GateVerdict & { kind: "blocked" }): MachineEvent {
  const findings = verdict.findings.slice(0, MOST_LISTED).map((finding) => ({
    rule: finding.rule,
    path: finding.offending_path,
    token: finding.matched_token,
    detail: finding.rule_detail,
  }));
  return {
    type: "hold",
    hold: "gate",
    reason: verdict.reason,
    detail: { findings, findings_total: verdict.findings.length },
  };
}

/** What a fresh verdict means for a job that waits; null when nothing changes. */
export function gateStep(job: Job, verdict: GateVerdict): MachineEvent | null {
  if (verdict.kind === "pass") {
    return job.hold === "gate" ? { type: "release", hold: "gate" } : null;
  }
  return job.state === "queued" && job.hold === null ? holdEvent(verdict) : null;
}
