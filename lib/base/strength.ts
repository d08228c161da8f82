/** How strong a proof is, strongest first (`docs/formats.md`, "Proof"). */
export const PROOF_STRENGTHS = [
  "read_back",
  "remote_computed",
  "provider_asserted",
  "size_only",
] as const;
export type ProofStrength = typeof PROOF_STRENGTHS[number];
