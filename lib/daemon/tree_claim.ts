/**
 * What to do about the claim found in a tree, as a function of what is there and what we know of
 * ourselves; `tree_claims.ts` does it.
 *
 * ```
 *            nobody's ──take──► ours ◄──renew──┐
 *               ▲                │ └───────────┘
 *     the file is removed        │ a person's word at another labferry
 *               │                ▼
 *            another's ──`installation keep`──► ours
 *
 *   ours, and put there by somebody else: a copied state directory ──contest──► twice, for both
 *   contested ──`installation keep`──► ours (and the other one finds that it is not)
 * ```
 */
import type { ServiceClaim } from "../records/mod.ts";

/** What lies under the claim's name. */
export type Found =
  | { readonly kind: "none"; readonly isEmpty: boolean }
  | { readonly kind: "claim"; readonly claim: ServiceClaim }
  | { readonly kind: "unusable"; readonly why: string };

/** What this labferry knows of itself and of what it put there. */
export interface Known {
  readonly installation: string;
  /** True for the mark of a claim that this state directory put there, or was about to. */
  readonly isOurMark: (claim: Pick<ServiceClaim, "nonce" | "time">) => boolean;
  /** A person has said that this labferry takes the other one's place, and it was not used yet. */
  readonly hasWord: boolean;
  /** The labferry that the claim names was on this computer and is gone from it. */
  readonly isGone: (claim: ServiceClaim) => boolean;
}

export type Answer =
  | { readonly kind: "take"; readonly from: ServiceClaim | null }
  | { readonly kind: "ours"; readonly claim: ServiceClaim }
  | { readonly kind: "another"; readonly claim: ServiceClaim }
  | { readonly kind: "twice"; readonly claim: ServiceClaim; readonly isContested: boolean }
  | { readonly kind: "unusable"; readonly why: string };

export function answerTo(found: Found, known: Known): Answer {
  if (found.kind === "none") return { kind: "take", from: null };
  if (found.kind === "unusable") return found;
  const { claim } = found;
  const isOurs = known.isOurMark(claim);
  const isContested = claim.contestedBy !== null;
  if (isOurs && !isContested) {
    // An installation that was made new here goes on in its own trees.
    return claim.installation === known.installation
      ? { kind: "ours", claim }
      : { kind: "take", from: claim };
  }
  if (known.hasWord) return { kind: "take", from: claim };
  if (claim.installation === known.installation) return { kind: "twice", claim, isContested };
  // A person is to say first which of two that had one id goes on.
  return known.isGone(claim) && !isContested
    ? { kind: "take", from: claim }
    : { kind: "another", claim };
}
