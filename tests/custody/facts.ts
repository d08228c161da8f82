/** Facts under which every interlock holds, to take one away from. */
import type { CustodyFacts } from "../../lib/custody/mod.ts";
import type { Job, Pass } from "../../lib/queue/mod.ts";

export const HOUR_MS = 3_600_000;
const BEGUN = Date.parse("2026-04-17T14:32:00.000Z");

export const NOTHING_OUTSIDE: CustodyFacts["outside"] = {
  isStaged: false,
  isPinnedInRecord: false,
  pausedBy: null,
  held: null,
};

/** Two passes 12 h apart, the second just now, 36 h after the seal. */
export function allHold(more: Partial<CustodyFacts> = {}): CustodyFacts {
  return {
    job: job(),
    policy: {
      enabled: true,
      minVerifyPasses: 2,
      minGapHours: 12,
      minAgeHours: 24,
      rehash: true,
      allowSameDisk: false,
      acceptProviderAsserted: false,
    },
    now: new Date(BEGUN + 36 * HOUR_MS),
    observedMs: 36 * HOUR_MS,
    passes: [pass(1, 0), pass(2, 36)],
    destinationUuid: "u",
    sameDisk: false,
    outside: { isStaged: false, isPinnedInRecord: false, pausedBy: null, held: null },
    gate: { blockedBy: null, revoked: [] },
    local: { files: 3, bytes: 300 },
    users: { open: [], unknown: null },
    look: {
      passId: 2,
      strength: "remote_computed",
      isFromThere: true,
      isIdentityConfirmed: true,
      agoMs: 5_000,
      endedAt: new Date(BEGUN + 36 * HOUR_MS).toISOString(),
      uptimeMs: 1000 * HOUR_MS,
      rehashed: { files: 3, bytes: 300 },
      changed: 0,
    },
    ...more,
  };
}

export function job(more: Partial<Job> = {}): Job {
  const at = new Date(BEGUN).toISOString();
  return {
    id: "j",
    runPath: "/data/lab/E/P/Runs/Run_1",
    dataDir: more.runPath ?? "/data/lab/E/P/Runs/Run_1",
    members: null,
    equipmentId: "E",
    destination: "/mnt/nas",
    destinationUuid: "u",
    farDir: "P/Runs/Run_1",
    state: "verified",
    hold: null,
    holdReason: null,
    generation: 1,
    sealedAt: at,
    files: 3,
    bytes: 300,
    attempts: 0,
    resent: false,
    preparedGeneration: 1,
    verifyPasses: 2,
    verifiedAt: at,
    enqueuedAt: at,
    nextAttemptAt: null,
    lastError: null,
    verification: null,
    deletionStartedAt: null,
    pinned: false,
    alarm: null,
    sourceFolder: null,
    updatedAt: at,
    ...more,
  };
}

/** A pass of the job's generation that began and ended so many hours after the first. */
export function pass(id: number, hours: number, more: Partial<Pass> = {}): Pass {
  const at = new Date(BEGUN + hours * HOUR_MS).toISOString();
  return {
    id,
    jobId: "j",
    generation: 1,
    destinationUuid: "u",
    farDir: "P/Runs/Run_1",
    startedAt: at,
    endedAt: at,
    strength: "remote_computed",
    matched: 3,
    mismatched: 0,
    missing: 0,
    extra: 0,
    notes: [],
    outcome: "passed",
    observedMs: hours * HOUR_MS,
    ...more,
  };
}

export function hoursLater(hours: number): Date {
  return new Date(BEGUN + hours * HOUR_MS);
}

/** How often proven runs are compared, where a test says nothing else. */
export const PASSES = {
  minVerifyPasses: 2,
  minGapHours: 12,
  scrub: "full",
  scrubDays: 90,
  scrubMaxGibPerDay: null,
  repair: false,
  acceptProviderAsserted: false,
} as const;
