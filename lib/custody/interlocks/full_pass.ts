/** 3. The far copy was compared whole just now, where it must be, and not from this computer's memory. */
import type { Pass } from "../../queue/mod.ts";
import { countedPasses, HOUR_MS, isStrongEnough } from "../counted_passes.ts";
import type { CustodyFacts, LastLook } from "../facts.ts";
import type { Judgement } from "../interlock.ts";

/** From the end of the last look to the first deletion. */
const FRESH_MS = HOUR_MS;
/** After so long the page cache of a computer that works is another's (`rules.md` 17). */
const CACHE_GONE_MS = 12 * HOUR_MS;

export function fullPass(facts: CustodyFacts): Judgement {
  const { look, policy, sameDisk } = facts;
  const evidence = { same_disk: sameDisk, pass: look?.passId ?? null, ...evidenceOf(facts) };
  if (sameDisk === true && !policy.allowSameDisk) {
    const sentence =
      "the destination is on the run's own disk: if that disk dies, both copies are gone";
    return { stand: "blocks", sentence, evidence };
  }
  if (!look) {
    const sentence = "the far copy is compared once more just before anything is deleted";
    return { stand: "waits", sentence, evidence };
  }
  const fault = faultOf(look, facts);
  if (fault) return { stand: "waits", sentence: fault, evidence };
  return { stand: "holds", sentence: "the far copy was compared completely just now", evidence };
}

function evidenceOf({ look }: CustodyFacts): Record<string, unknown> {
  if (!look) return {};
  return {
    strength: look.strength,
    ended_at: look.endedAt,
    ago_ms: Math.round(look.agoMs),
    read_past_this_computers_memory: look.isFromThere,
    identity_confirmed: look.isIdentityConfirmed,
  };
}

function faultOf(look: LastLook, facts: CustodyFacts): string | null {
  if (!look.isIdentityConfirmed) {
    return "the destination did not say who it is around the comparison";
  }
  if (!isStrongEnough(look.strength, facts.policy)) {
    return "the last comparison did not read the bytes over there";
  }
  const wallMs = facts.now.getTime() - Date.parse(look.endedAt);
  // Also behind: a clock that was set back says nothing of how long ago it was.
  if (look.agoMs > FRESH_MS || Math.abs(wallMs) > FRESH_MS) {
    return "the last comparison ended more than an hour ago, and is made again";
  }
  if (look.isFromThere || isCacheGone(look, facts)) return null;
  return "it could be answered by this computer's own memory; it counts 12 h after the last writing, or after a restart of the computer";
}

/**
 * Long after the push, or after a restart, this computer's memory holds none of what was written. Time
 * is taken as observed, and uptime against it: no clock that can be set is asked.
 */
function isCacheGone(look: LastLook, facts: CustodyFacts): boolean {
  const [first] = countedPasses(facts);
  if (!first) return false;
  const sinceMs = sinceFirst(first, facts);
  return sinceMs >= CACHE_GONE_MS || look.uptimeMs < sinceMs;
}

/** What was sent of the generation was sent before its first pass. */
function sinceFirst(first: Pass, { observedMs }: CustodyFacts): number {
  return observedMs - (first.observedMs ?? observedMs);
}
