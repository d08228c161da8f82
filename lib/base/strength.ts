import { lookUp } from "./look_up.ts";

/** How strong a proof is, strongest first (`docs/formats.md`, "Proof"). */
export const PROOF_STRENGTHS = [
  "read_back",
  "remote_computed",
  "provider_asserted",
  "size_only",
] as const;
export type ProofStrength = typeof PROOF_STRENGTHS[number];

/** How the far bytes were seen: `12 files read back and compared`. */
export const STRENGTH_WORDS: Readonly<Record<ProofStrength, string>> = {
  read_back: "read back and compared",
  remote_computed: "hashed by the far machine and compared",
  provider_asserted: "compared with the hashes that the provider asserts",
  size_only: "compared by size only, which proves nothing",
};

/** The same for what was read back: a strength that only a newer labferry knows, as it is. */
export function strengthWords(strength: string): string {
  return lookUp(STRENGTH_WORDS, strength) ?? strength;
}
