/** What signs for this installation, and what tells whether a signature over there still does. */
import { createHash } from "node:crypto";
import { type Clock, encodeUtf8 } from "../base/mod.ts";
import type { Namespace } from "./namespaces.ts";
import { farPathsOf, type Published, publishedOf } from "./published.ts";
import { currentKey, fingerprintOf, type KeysOptions, readKeys } from "./signing_keys.ts";
import { keyOfSignature, signatureText } from "./sshsig.ts";

export interface SignedText {
  readonly namespace: Namespace;
  /** Of the text, lower-case hex. */
  readonly sha256: string;
}

export interface Signing {
  /** The armoured signature. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fingerprint: string;
}

/** `unknown`: it holds, by a key that is none of ours; whether the base knows it is asked there. */
export type Standing = "ours" | "revoked" | "none" | {
  readonly unknown: { readonly signer: string; readonly revoked: string };
};

/** For a while: somebody may tidy up at a base, and a service runs for months. */
export interface KnownBases {
  has(base: string): boolean;
  add(base: string): void;
}

export interface Evidence {
  sign(what: SignedText): Promise<Signing>;
  /** What these bytes are worth as a signature of this text. */
  standingOf(bytes: Uint8Array, what: SignedText): Promise<Standing>;
  /** What must stand at a base before anything signed does, by far path. */
  published(): Promise<ReadonlyMap<string, Published>>;
  /** Bases (by UUID and keys) of which this process knows that it stands there. */
  readonly knownAt: KnownBases;
}

/** Keys are read anew each time: a person may renew or revoke them beside a running service. */
export function openEvidence(options: KeysOptions): Evidence {
  const { clock } = options;
  return {
    knownAt: forAWhile(clock),
    async sign(what) {
      const key = await currentKey(options);
      const text = signatureText(key, { ...what, at: clock.now() });
      return { bytes: encodeUtf8(text), fingerprint: key.fingerprint };
    },
    async standingOf(bytes, what) {
      const publicKey = keyOfSignature(bytes, what);
      if (publicKey === null) return "none";
      const fingerprint = fingerprintOf(publicKey);
      const own = (await readKeys(options)).find((key) => key.fingerprint === fingerprint);
      if (own) return own.isRevoked ? "revoked" : "ours";
      return { unknown: farPathsOf(fingerprint) };
    },
    async published() {
      await currentKey(options);
      return publishedOf(await readKeys(options));
    },
  };
}

/** Asked for again so seldom that a thousand small runs in a row do not feel it. */
const KNOWN_MS = 3_600_000;

function forAWhile(clock: Clock): KnownBases {
  const until = new Map<string, number>();
  const has = (base: string) => clock.monotonicMs() < (until.get(base) ?? -Infinity);
  return {
    has,
    add(base) {
      // An hour from the first look, however often the same is found in between.
      if (!has(base)) until.set(base, clock.monotonicMs() + KNOWN_MS);
    },
  };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
