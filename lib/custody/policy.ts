/** What the configuration says of custody, as the room asks it. */
import type { Config } from "../config/mod.ts";
import { HOUR_MS } from "./counted_passes.ts";
import type { DeletionPolicy } from "./facts.ts";

export interface PassPolicy {
  readonly minVerifyPasses: number;
  readonly minGapHours: number;
  readonly scrub: "off" | "provider" | "full";
  readonly scrubDays: number;
  readonly scrubMaxGibPerDay: number | null;
  /** Damaged far files are sent again from an intact local copy without a person's word. */
  readonly repair: boolean;
  readonly acceptProviderAsserted: boolean;
}

export function deletionPolicy({ nasCleanup, verify }: Config): DeletionPolicy {
  const { enabled, minVerifyPasses, minAgeHours, rehash, allowSameDisk, acceptProviderAsserted } =
    nasCleanup;
  const { minGapHours } = verify;
  return {
    enabled,
    minVerifyPasses,
    minGapHours,
    minAgeHours,
    rehash,
    allowSameDisk,
    acceptProviderAsserted,
  };
}

export function passPolicy({ nasCleanup, verify }: Config): PassPolicy {
  const { minGapHours, scrub, scrubDays, scrubMaxGibPerDay, repair } = verify;
  const { minVerifyPasses, acceptProviderAsserted } = nasCleanup;
  return {
    minVerifyPasses,
    minGapHours,
    scrub,
    scrubDays,
    scrubMaxGibPerDay,
    repair,
    acceptProviderAsserted,
  };
}

/** How long a run stays at least, however soon it is proven; null where nothing is let go. */
export function shortestStayMs(policy: DeletionPolicy): number | null {
  if (!policy.enabled) return null;
  const betweenPasses = (policy.minVerifyPasses - 1) * policy.minGapHours;
  return Math.max(policy.minAgeHours, betweenPasses) * HOUR_MS;
}

/** How much of a disk is to stay free; null where age alone decides. */
export interface RoomPolicy {
  readonly keepFreeBytes: number | null;
  readonly keepFreePercent: number | null;
}

const GB = 1e9;

export function roomPolicy({ nasCleanup }: Config): RoomPolicy | null {
  const { keepFreeGb, keepFreePercent } = nasCleanup;
  if (keepFreeGb === null && keepFreePercent === null) return null;
  return { keepFreeBytes: keepFreeGb === null ? null : keepFreeGb * GB, keepFreePercent };
}
