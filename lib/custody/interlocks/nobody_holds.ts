/** 6. Nobody holds the run: no person keeps it, nothing is paused, no program writes to it. */
import type { CustodyFacts } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

export function nobodyHolds({ job, outside, users, policy }: CustodyFacts): Judgement {
  const evidence = {
    pinned: job.pinned || outside.isPinnedInRecord,
    paused_by: outside.pausedBy,
    open_for_writing: users.open.slice(0, 10),
    writers_not_seen: users.unknown,
    ...(users.unknown === null ? {} : { stands_in: `unchanged for ${policy.minAgeHours} h` }),
  };
  const blocks = (sentence: string): Judgement => ({ stand: "blocks", sentence, evidence });
  if (outside.held !== null) return blocks(outside.held);
  if (outside.isStaged) {
    return blocks(
      `it was handed over to the staging area ${job.destination}, which is not the NAS; ` +
        "its local copy is deleted by hand, once the orchestrator has proven it there",
    );
  }
  if (job.alarm !== null) return blocks("its far copy is damaged");
  if (job.pinned) return blocks("a person keeps it (`labferry unpin` gives it up)");
  if (outside.isPinnedInRecord) {
    return blocks("its record says that a person keeps it (`labferry unpin` gives it up)");
  }
  if (job.hold !== null) return blocks(`it is held: ${job.holdReason ?? job.hold}`);
  if (outside.pausedBy !== null) return blocks(`paused by ${outside.pausedBy}`);
  const [first] = users.open;
  if (first) {
    const sentence = `process ${first.pid} has ${first.path} open for writing`;
    return { stand: "waits", sentence, evidence };
  }
  return { stand: "holds", sentence: "nobody holds it", evidence };
}
