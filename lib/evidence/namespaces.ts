/**
 * What is signed, as `ssh-keygen -Y verify -n` wants to hear it. A namespace never changes its meaning: a
 * text of another form gets a new number.
 */
export const NAMESPACES = {
  /** `checksums.sha256`: these files arrived whole, and were compared. */
  manifest: "labferry-manifest-v1@labferry",
  /** `cleanup_certificate.json` and `cleanup_outcome.json`. */
  deletion: "labferry-deletion-v1@labferry",
  /** The head of a report's chain, or of a run's history, as it was mirrored. */
  trail: "labferry-trail-v1@labferry",
  /** A line of the drills. */
  drill: "labferry-drill-v1@labferry",
} as const;

export type Namespace = typeof NAMESPACES[keyof typeof NAMESPACES];

/** `<file>.sig` stands beside the file it signs. */
export const SIGNATURE_SUFFIX = ".sig";
