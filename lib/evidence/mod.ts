/**
 * Evidence that outlives this program: signatures that `ssh-keygen -Y verify` checks, the keys they are
 * made with, and what is put at a base so that somebody with nothing but the base can check them.
 *
 * A signature shows which installation said something, and that nobody without its key changed it since.
 * It does not hold against whoever administers that computer, and it is no electronic signature: no
 * person signs. Invariants: a key never changes after its birth, and a public half is written once
 * (`rules.md` 33).
 *
 * Terms. *Signer*: the line of a public half in ssh's `allowed_signers` form. *Namespace*: what kind of
 * text was signed, so that a signature of one kind never passes for another's.
 */
export { type Evidence, openEvidence, sha256Of, type SignedText } from "./evidence.ts";
export { NAMESPACES, SIGNATURE_SUFFIX } from "./namespaces.ts";
export { currentKey, readKeys, renewKey, type SigningKey } from "./signing_keys.ts";
