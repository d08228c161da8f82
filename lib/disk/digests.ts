/** SHA-256, and where asked for others beside it, of bytes that are read once. */
import { createHash } from "node:crypto";
import type { OtherDigest, OtherDigests } from "./messages.ts";

export interface Digests {
  update(bytes: Uint8Array): void;
  end(): { readonly sha256: string; readonly others?: OtherDigests };
}

export function digests(others: readonly OtherDigest[] = []): Digests {
  const sha256 = createHash("sha256");
  const more = others.map((algorithm) => [algorithm, createHash(algorithm)] as const);
  return {
    update(bytes) {
      sha256.update(bytes);
      for (const [, hash] of more) hash.update(bytes);
    },
    end() {
      const found = { sha256: sha256.digest("hex") };
      if (more.length === 0) return found;
      return {
        ...found,
        others: Object.fromEntries(more.map(([name, h]) => [name, h.digest("hex")])),
      };
    },
  };
}
