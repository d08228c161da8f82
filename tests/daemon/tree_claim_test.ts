/** What is done about a claim, for every combination of what is there and what is known. */
import assert from "node:assert/strict";
import { answerTo, type Known } from "../../lib/daemon/tree_claim.ts";
import type { ServiceClaim } from "../../lib/records/mod.ts";

const OURS: ServiceClaim = {
  installation: "us",
  nonce: "n1",
  time: "2026-04-17T14:32:00.000Z",
  host: "pc",
  hostKey: "k",
  stateDir: "/state",
  contestedBy: null,
};
const contested = (claim: ServiceClaim) => ({
  ...claim,
  contestedBy: { host: "pc2", nonce: "n2", time: claim.time },
});

function known(more: Partial<Known> = {}): Known {
  return {
    installation: "us",
    isOurMark: () => false,
    hasWord: false,
    isGone: () => false,
    ...more,
  };
}

const kind = (claim: ServiceClaim, more: Partial<Known> = {}) =>
  answerTo({ kind: "claim", claim }, known(more)).kind;

Deno.test("answerTo takes what is nobody's, and nothing that cannot be read, whatever was said", () => {
  for (const hasWord of [true, false]) {
    assert.equal(answerTo({ kind: "none", isEmpty: false }, known({ hasWord })).kind, "take");
    const unusable = { kind: "unusable", why: "torn" } as const;
    assert.equal(answerTo(unusable, known({ hasWord, isGone: () => true })).kind, "unusable");
  }
});

Deno.test("answerTo goes by the mark, not by the id", () => {
  const isOurMark = () => true;
  assert.equal(kind(OURS, { isOurMark }), "ours");
  assert.equal(kind(OURS), "twice");
  assert.equal(kind({ ...OURS, installation: "before" }, { isOurMark }), "take");
  assert.equal(kind({ ...OURS, installation: "them" }), "another");
});

Deno.test("answerTo lets no one go on with a contested claim but by a person's word", () => {
  for (const isOurs of [true, false]) {
    const isOurMark = () => isOurs;
    const isGone = () => true;
    assert.equal(kind(contested(OURS), { isOurMark, isGone }), "twice");
    const before = contested({ ...OURS, installation: "before" });
    assert.equal(kind(before, { isOurMark, isGone }), "another");
    assert.equal(kind(contested(OURS), { isOurMark, hasWord: true }), "take");
  }
});

Deno.test("answerTo takes another's claim by a person's word, or when that one is gone from here", () => {
  const theirs = { ...OURS, installation: "them" };
  assert.equal(kind(theirs, { hasWord: true }), "take");
  assert.equal(kind(theirs, { isGone: () => true }), "take");
});
