/**
 * How a file at a backend can be proven, and what that is worth (sync, "Proof"). rclone says nothing
 * when two sides share no checksum (`check` prints "=", exit 0), so the choice is made here, from
 * the backend's type and the checksums it offers, and never left to rclone.
 */
import type { ProofStrength } from "../../base/mod.ts";
import type { Backend } from "./backend.ts";

export interface Proof {
  readonly strength: ProofStrength;
  /** rclone reads the bytes over the wire and hashes them here. */
  readonly download: boolean;
  readonly note: string | null;
}

/**
 * @param type The backend's type, aliases resolved; null when the configuration does not say.
 * @param hashes What `rclone backend features` lists.
 */
export function chooseProof(
  type: string | null,
  { hashes, acceptProviderAsserted }: {
    hashes: readonly string[];
    acceptProviderAsserted: boolean;
  },
): Proof {
  if (type === "local") return { strength: "read_back", download: false, note: null };
  // A wrapper's checksum is its own book-keeping (hasher), or of other bytes (crypt).
  if (type === null || WRAPPERS.has(type)) return READ_BACK;
  if (!hashes.includes("sha256")) return READ_BACK;
  if (type === "sftp") return { strength: "remote_computed", download: false, note: null };
  if (!acceptProviderAsserted) return READ_BACK;
  return {
    strength: "provider_asserted",
    download: false,
    note: `the checksum is what ${type} says it received; nothing was read back`,
  };
}

export const READ_BACK: Proof = {
  strength: "read_back",
  download: true,
  note: "read back through rclone",
};

/**
 * True when no byte that is hashed can come from this computer's memory. A local folder is read
 * through the page cache; wrappers may keep a copy here; what a provider does is its own affair.
 */
export function isReadOverThere({ type }: Pick<Backend, "type">): boolean {
  return type === "sftp";
}

/** Backends that stand before others; `alias` is not among them, rclone resolves it itself. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "cache",
  "chunker",
  "combine",
  "compress",
  "crypt",
  "hasher",
  "union",
]);
