/**
 * Clearing: received runs that are proven at the NAS go from the staging area, with the care of every
 * deletion: custody's interlocks, look, certificate and unlinking, under the staging area's own policy.
 * Two comparisons prove a run, of which the last is the one that the clearing makes itself. Records stay.
 */
import type { RoundsContext } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  Cleaner,
  type CleanerOptions,
  type DeletionPolicy,
  type LetGo,
  letGo,
} from "../custody/mod.ts";
import type { Job } from "../queue/mod.ts";
import { isOnTheNas, readIngest, RECORD_FILES, recordPath } from "../records/mod.ts";
import type { SyncContext, Work } from "../sync/mod.ts";
import { keepIngest } from "./ingest_record.ts";
import type { StagingArea } from "./staging_area.ts";

/** For the general cleaner, and for whoever asks why a received run is still here. */
export const CLEARED_BY_ITSELF =
  "it is in the staging area, which `labferry staging clear` or `staging_cleanup` clears";

/** `minAgeHours` since it was proven, by wall clock and by time that the service lived through. */
export function clearingPolicy(
  { nasCleanup: { allowSameDisk, acceptProviderAsserted } }: Config,
  { minAgeHours }: Pick<DeletionPolicy, "minAgeHours">,
): DeletionPolicy {
  return {
    enabled: true,
    minVerifyPasses: 2,
    minGapHours: 0,
    minAgeHours,
    rehash: true,
    allowSameDisk,
    acceptProviderAsserted,
  };
}

/**
 * Clears one run at a person's word.
 *
 * @throws LabferryError as `letGo`, and what keeps `ingest.json` from being brought up to date
 */
export async function clearRun(
  job: Job,
  work: Work & { readonly policy: DeletionPolicy },
): Promise<LetGo> {
  if (!await isToldVerified(job, work.context)) return { kind: "kept", job, reason: NOT_TOLD };
  const outcome = await letGo(job, work);
  if (outcome.kind === "cleaned") await keepIngest(outcome.job, work.context);
  return outcome;
}

export const NOT_TOLD = "its ingest.json does not say sync_verified";

/** The PC that pushed it must be able to read that it is proven, once the data is gone from here. */
async function isToldVerified(job: Job, context: SyncContext): Promise<boolean> {
  await keepIngest(job, context);
  return isOnTheNas(await readIngest(recordPath(job.runPath, RECORD_FILES.ingest)));
}

export interface StagingCleanerOptions extends RoundsContext {
  readonly config: Config;
  readonly area: StagingArea;
  readonly context: SyncContext;
  readonly destinations: CleanerOptions["destinations"];
  readonly dispatcher: CleanerOptions["dispatcher"];
}

/**
 * Clears what `scheduled` lets go, and in either mode brings to its end what was begun before a stop.
 */
export function stagingCleaner(options: StagingCleanerOptions): Cleaner {
  const { config, area, context } = options;
  const { mode, retainHours } = config.orchestrator.stagingCleanup;
  const scheduled = clearingPolicy(config, { minAgeHours: retainHours });
  const begun = clearingPolicy(config, { minAgeHours: 0 });
  return new Cleaner({
    ...options,
    policy: scheduled,
    room: null,
    async policyOf(job) {
      if (!area.holds(job)) return null;
      if (job.deletionStartedAt !== null) return begun;
      return mode === "scheduled" && await isToldVerified(job, context) ? scheduled : null;
    },
  });
}
