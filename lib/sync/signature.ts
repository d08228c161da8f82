/**
 * A signature beside what it signs over there, and the keys it can be checked with. One that holds
 * stays, also when its key has been retired since; any other makes way and is made anew.
 */
import { createHash } from "node:crypto";
import { equalBytes } from "../base/mod.ts";
import { SIGNATURE_SUFFIX, type SignedText } from "../evidence/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { FarWork, Work } from "./work.ts";

/** What has to stand at a far path, and what may stand there instead. */
export interface KeptThere {
  readonly make: () => Promise<Uint8Array>;
  readonly isGood: (there: Uint8Array) => boolean | Promise<boolean>;
}

/** By far path below the base. */
export type Kept = ReadonlyMap<string, KeptThere>;

export interface ToSign extends SignedText {
  /** Of the text, below the base. */
  readonly path: string;
}

/** A staging area is on its way: who proves the run at the NAS is who signs it. */
export function isSigned(
  { equipmentId }: Pick<Job, "equipmentId">,
  { context }: Pick<Work, "context">,
): boolean {
  return !context.staged.has(equipmentId);
}

/** The signature of one text over there, with the keys where this process has not seen them yet. */
export async function signatureOf({ path, ...what }: ToSign, work: FarWork): Promise<Kept> {
  const kept = new Map(await keysKept(work));
  kept.set(`${path}${SIGNATURE_SUFFIX}`, {
    make: async () => (await work.context.evidence.sign(what)).bytes,
    isGood: (there) => isGoodSignature(there, { ...work, what }),
  });
  return kept;
}

/** True when it holds for this text, by a key that this installation or the base knows and nobody revoked. */
export async function isGoodSignature(
  bytes: Uint8Array,
  { what, context, far }: Pick<FarWork, "context" | "far"> & { readonly what: SignedText },
): Promise<boolean> {
  const standing = await context.evidence.standingOf(bytes, what);
  if (typeof standing === "string") return standing === "ours";
  const { signer, revoked } = standing.unknown;
  const there = await far.session.getFiles("", [signer, revoked]);
  return (there.get(signer) ?? null) !== null && (there.get(revoked) ?? null) === null;
}

/** After it was put and read back: not asked for again by this process. */
export async function rememberKeys({ context, far }: FarWork): Promise<void> {
  context.evidence.knownAt.add(await keysAt(context, far.uuid));
}

/** Those of which nothing good stands there, made. */
export async function lacking(
  kept: Kept,
  there: ReadonlyMap<string, Uint8Array | null>,
): Promise<Map<string, Uint8Array>> {
  const made = new Map<string, Uint8Array>();
  for (const [path, { make, isGood }] of kept) {
    const old = there.get(path) ?? null;
    if (old === null || !await isGood(old)) made.set(path, await make());
  }
  return made;
}

/** The keys with which what this installation signed can be checked, unless they are known to stand there. */
export async function keysKept({ context, far }: FarWork): Promise<Kept> {
  const kept = new Map<string, KeptThere>();
  const published = await context.evidence.published();
  if (context.evidence.knownAt.has(await keysAt(context, far.uuid))) return kept;
  for (const [path, { bytes, mustBeThese }] of published) {
    kept.set(path, {
      make: () => Promise.resolve(bytes),
      isGood: (there) => !mustBeThese || equalBytes(there, bytes),
    });
  }
  return kept;
}

/** Other keys, another answer. */
async function keysAt({ evidence }: Work["context"], uuid: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of (await evidence.published()).keys()) hash.update(`${path}\n`);
  return `${uuid} ${hash.digest("hex")}`;
}
