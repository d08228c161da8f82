/**
 * May the local copy go? The six interlocks over the same facts, and what that means: pure, so that
 * `why`, the page, `clean --dry-run` and the deletion itself say the same.
 */
import { counted } from "../base/mod.ts";
import type { CustodyFacts } from "./facts.ts";
import { type Interlock, type InterlockName, INTERLOCKS, type Judgement } from "./interlock.ts";
import { age } from "./interlocks/age.ts";
import { fullPass } from "./interlocks/full_pass.ts";
import { gate } from "./interlocks/gate.ts";
import { localFiles } from "./interlocks/local_files.ts";
import { nobodyHolds } from "./interlocks/nobody_holds.ts";
import { passes } from "./interlocks/passes.ts";

const JUDGES: Readonly<Record<InterlockName, (facts: CustodyFacts) => Judgement>> = {
  passes,
  age,
  full_pass: fullPass,
  gate,
  local_files: localFiles,
  nobody_holds: nobodyHolds,
};

export interface DeletionVerdict {
  /** In the order of `INTERLOCKS`. */
  readonly interlocks: readonly Interlock[];
  /** Every interlock holds and deletion is enabled: the first file may go. */
  readonly mayDelete: boolean;
  /**
   * Nothing but the comparison and the reading that a deletion makes first is missing: it is worth
   * making them.
   */
  readonly isWorthLooking: boolean;
  /** When that will be so if nothing comes in between, ISO 8601; null when nobody can say. */
  readonly deletableFrom: string | null;
  /** The first that does not hold, in words; null when all do. */
  readonly reason: string | null;
}

/** Those that the deletion's own look settles. */
const SETTLED_BY_LOOK: ReadonlySet<InterlockName> = new Set(["full_pass", "local_files"]);

export function mayDelete(facts: CustodyFacts): DeletionVerdict {
  const interlocks = INTERLOCKS.map((name): Interlock => ({
    name,
    from: null,
    ...JUDGES[name](facts),
  }));
  const open = interlocks.filter(({ stand }) => stand !== "holds");
  const isReady = isProven(facts) && facts.policy.enabled;
  const worth = open.filter((one) => !isSettledByLook(one, facts));
  return {
    interlocks,
    mayDelete: isReady && open.length === 0,
    isWorthLooking: isReady && worth.length === 0,
    deletableFrom: isReady ? latestOf(worth, facts.now) : null,
    reason: reasonOf(facts, worth[0] ?? open[0]),
  };
}

function isProven({ job: { state } }: CustodyFacts): boolean {
  return state === "verified" || state === "cleanup_eligible";
}

/** The pass that is still missing may be the very one that the deletion makes. */
function isSettledByLook({ name, stand }: Interlock, facts: CustodyFacts): boolean {
  if (stand !== "waits") return false;
  return SETTLED_BY_LOOK.has(name) || (name === "passes" && isOnlyTheLastMissing(facts));
}

function isOnlyTheLastMissing(facts: CustodyFacts): boolean {
  const { from, evidence } = passes(facts);
  const made = (evidence["counted"] as readonly unknown[]).length;
  return made > 0 && made === facts.policy.minVerifyPasses - 1 &&
    from !== null && from !== undefined && Date.parse(from) <= facts.now.getTime();
}

/** Null when one of them holds only by a person's word, or at a time nobody knows. */
function latestOf(open: readonly Interlock[], now: Date): string | null {
  let latest = now.toISOString();
  for (const { stand, from } of open) {
    if (stand === "blocks" || from === null) return null;
    if (from > latest) latest = from;
  }
  return latest;
}

function reasonOf(facts: CustodyFacts, first: Interlock | undefined): string | null {
  if (!facts.policy.enabled) {
    return "local copies are not deleted here (`nas_cleanup.enabled` is false)";
  }
  if (facts.job.state === "cleaned") return goneWords(facts);
  if (!isProven(facts)) return "it is not proven at its destination";
  return first?.sentence ?? null;
}

/** A part that was brought back is proven over there, and goes again with the whole or by hand. */
function goneWords({ job, local }: CustodyFacts): string {
  const before = "it was let go before";
  if (local.files === 0) return before;
  return `${before}, and ${local.files} of its ${counted(job.files, "file")} ${
    local.files === 1 ? "was brought back since and stays" : "were brought back since and stay"
  }: delete them by hand, or bring all of it back with \`labferry restore RUN\`, then it can be let go again`;
}
