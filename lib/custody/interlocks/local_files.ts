/** 5. What is here is exactly what was proven: nothing changed, nothing new would go with it. */
import { counted } from "../../base/mod.ts";
import type { CustodyFacts } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

export function localFiles({ job, look, local, policy }: CustodyFacts): Judgement {
  const { files, bytes } = local;
  const evidence = { files, bytes, rehash: policy.rehash, rehashed: look?.rehashed ?? null };
  // A deletion that was stopped after its last file still has to be written down.
  if (files === 0 && job.deletionStartedAt === null) {
    return { stand: "blocks", sentence: "no file of it is on this computer any more", evidence };
  }
  if (!look) {
    if (job.state === "verified" && job.lastError !== null) {
      const sentence =
        `the last look before a deletion did not come to its end: ${job.lastError.message}`;
      return { stand: "waits", sentence, evidence: { ...evidence, code: job.lastError.code } };
    }
    const sentence = policy.rehash
      ? "every local file is read once more just before anything is deleted"
      : "the local files are looked at once more just before anything is deleted";
    return { stand: "waits", sentence, evidence };
  }
  if (look.changed > 0) {
    const sentence = `${counted(look.changed, "local file")} changed since it was proven`;
    return { stand: "blocks", sentence, evidence: { ...evidence, changed: look.changed } };
  }
  if (policy.rehash && look.rehashed?.files !== files) {
    const sentence = "not every local file was read once more";
    return { stand: "waits", sentence, evidence };
  }
  return { stand: "holds", sentence: "the local files are what was proven", evidence };
}
