/** A ceiling as the pace of the threads that read or write a mount. */
import { Pace } from "../../disk/mod.ts";
import { bytesPerSecond } from "../ceiling.ts";

export function paceOf(mbps: number | null): Pace {
  return new Pace(rateOf(mbps));
}

/** Asked for again with all that is heard. 0 or less is a pause, which is the caller's. */
export function followCeiling(pace: Pace, mbps: number | null): void {
  if (mbps === null || mbps > 0) pace.set(rateOf(mbps));
}

/** Bytes per second; null for no ceiling. */
function rateOf(mbps: number | null): number | null {
  return mbps === null ? null : bytesPerSecond(mbps);
}
