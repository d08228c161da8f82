/** `sentinel_file`: the instrument's software leaves a file, or several, when it is done. */
import type { SignalSeen, SignalVerdict } from "./signal.ts";

/** All of `filenames` (paths below the run) have to be there. */
export function judgeSentinels(
  { named }: SignalSeen,
  filenames: readonly string[],
): SignalVerdict {
  const missing = filenames.find((name) => !named.has(name));
  if (missing !== undefined) return { kind: "waits", waitsFor: missing };
  return { kind: "complete", evidence: { sentinels: filenames } };
}
