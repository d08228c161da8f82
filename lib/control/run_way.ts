/**
 * A run's way as a line: what has happened to it and when, what is next and when that is expected. Pure;
 * a step that a later generation made void is open again.
 */
import {
  type Generation,
  HOLD_WORDS,
  type Job,
  type JobEvent,
  type Pass,
  type SeenRow,
} from "../queue/mod.ts";
import { standingPasses } from "../custody/mod.ts";
import type { CustodyView } from "./custody_views.ts";

export interface WayStep {
  readonly name: "seen" | "complete" | "sealed" | "sent" | "proven_1" | "proven_2" | "let_go";
  readonly words: string;
  /** `stopped`: it would be next, and something stands in the way. */
  readonly stand: "done" | "now" | "next" | "open" | "stopped";
  readonly at: string | null;
  /** When it is expected by itself; null when nobody can say. */
  readonly expected: string | null;
  /** Who or what said so, or why it waits. */
  readonly note: string | null;
}

export interface WayFacts {
  readonly job: Job;
  readonly seen: SeenRow | null;
  readonly generations: readonly Generation[];
  /** Of the present generation. */
  readonly passes: readonly Pass[];
  /** The last event of each kind in the present generation. */
  readonly sent: JobEvent | null;
  readonly cleaned: JobEvent | null;
  /** Why its local copy is here; null before it was looked at. */
  readonly custody: Pick<CustodyView, "enabled" | "deletable_from" | "reason"> | null;
}

const WORDS = {
  seen: "seen",
  complete: "complete",
  sealed: "sealed",
  sent: "sent",
  proven_1: "proven",
  proven_2: "proven again",
  let_go: "let go",
} as const;

export function wayOf(facts: WayFacts): WayStep[] {
  const { job, seen, sent, cleaned } = facts;
  const passed = standingPasses(facts.passes, job);
  const sealed = facts.generations.find(({ generation }) => generation === job.generation);
  const found: Record<WayStep["name"], [at: string | null, note: string | null]> = {
    seen: [seen?.firstSeenAt ?? job.enqueuedAt, null],
    complete: [sealed ? job.enqueuedAt : null, sealed?.sealedBy ?? null],
    sealed: [job.sealedAt, job.generation > 1 ? `generation ${job.generation}` : null],
    sent: [sent?.at ?? (passed.length > 0 ? passed[0]!.startedAt : null), null],
    proven_1: [passed[0]?.endedAt ?? null, null],
    proven_2: [passed[1]?.endedAt ?? null, null],
    let_go: [job.state === "cleaned" ? cleaned?.at ?? job.updatedAt : null, null],
  };
  const names = Object.keys(WORDS) as WayStep["name"][];
  const open = names.find((name) => found[name][0] === null);
  return names.map((name) => {
    const [at, note] = found[name];
    if (at !== null) return step(name, { stand: "done", at, note });
    return name === open ? nextStep(name, facts) : step(name, { stand: "open" });
  });
}

function step(name: WayStep["name"], about: Partial<WayStep>): WayStep {
  return {
    name,
    words: WORDS[name],
    stand: "open",
    at: null,
    expected: null,
    note: null,
    ...about,
  };
}

/** The first that has not happened: under way, expected, or stopped. */
function nextStep(name: WayStep["name"], { job, custody }: WayFacts): WayStep {
  if (job.alarm !== null || job.state === "failed") {
    return step(name, { stand: "stopped", note: "needs a person" });
  }
  if (job.hold !== null) return step(name, { stand: "stopped", note: HOLD_WORDS[job.hold].words });
  if (name === "let_go") return lettingGo(job, custody);
  if (job.state === "running" || job.state === "awaiting_verify") {
    return step(name, { stand: "now" });
  }
  return step(name, { stand: "next", expected: job.nextAttemptAt });
}

function lettingGo(job: Job, custody: WayFacts["custody"]): WayStep {
  if (job.state === "cleanup_eligible") return step("let_go", { stand: "now" });
  if (job.pinned) return step("let_go", { stand: "stopped", note: "a person keeps it" });
  if (custody === null) return step("let_go", { stand: "open" });
  if (!custody.enabled) {
    return step("let_go", { stand: "open", note: "local copies are not deleted on this PC" });
  }
  if (custody.deletable_from === null) {
    return step("let_go", { stand: "stopped", note: custody.reason });
  }
  return step("let_go", { stand: "next", expected: custody.deletable_from });
}
