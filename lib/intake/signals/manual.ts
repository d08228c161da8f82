/** `manual`: a person says so (`labferry run complete RUN`). */
import type { SignalSeen, SignalVerdict } from "./signal.ts";

export function judgeManual({ word }: SignalSeen): SignalVerdict {
  if (word === null) {
    return { kind: "waits", waitsFor: "somebody's word (`labferry run complete`)" };
  }
  return { kind: "complete", evidence: { said_by: word.by, said_at: word.at } };
}
