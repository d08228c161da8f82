/**
 * `handed_over`: another labferry pushes the run here and says by no file of the instrument that it
 * is whole. Its manifest is the last thing it writes: where that lists only what is there, all of it
 * has arrived, and was read back by the one who pushed.
 */
import type { SignalSeen, SignalVerdict } from "./signal.ts";

/** What people read instead of the manifest's name: it is not theirs to make. */
const MARK = "the manifest of the PC that pushes it";

export function judgeHandedOver({ named, manifest }: SignalSeen): SignalVerdict {
  if (manifest === null) return { kind: "waits", waitsFor: MARK };
  if ("fault" in manifest) return { kind: "odd", why: `${MARK} ${manifest.fault}` };
  const missing = manifest.files.find(({ path }) => !named.has(path));
  if (missing) return { kind: "waits", waitsFor: missing.path };
  return { kind: "complete", evidence: { listed: manifest.files.length } };
}
