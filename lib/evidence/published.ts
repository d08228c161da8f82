/**
 * What stands at a base for whoever checks it: public halves, one file a key, and the page that says how.
 * `cat .labferry-keys/*.signer` is an `allowed_signers` file, `cat .labferry-keys/*.revoked` a list of
 * revoked keys.
 */
import { encodeUtf8 } from "../base/mod.ts";
import { howToVerify } from "./how_to_verify.ts";
import { publicLine, signerLine, type SigningKey } from "./signing_keys.ts";

const KEYS_DIR = ".labferry-keys";
const HOW_TO_VERIFY = "HOW-TO-VERIFY.txt";

export interface Published {
  readonly bytes: Uint8Array;
  /** False for what any labferry may have written there already, in other words. */
  readonly mustBeThese: boolean;
}

/** Where a base says that a key signs there, and that it may have leaked. */
export function farPathsOf(fingerprint: string): { signer: string; revoked: string } {
  const path = `${KEYS_DIR}/${fingerprint}`;
  return { signer: `${path}.signer`, revoked: `${path}.revoked` };
}

/** By far path. The page comes last: it speaks of the rest. */
export function publishedOf(keys: readonly SigningKey[]): Map<string, Published> {
  const files = new Map<string, Published>();
  for (const key of keys) {
    const { signer, revoked } = farPathsOf(key.fingerprint);
    files.set(signer, {
      bytes: encodeUtf8(signerLine(key)),
      mustBeThese: true,
    });
    if (!key.isRevoked) continue;
    files.set(revoked, {
      bytes: encodeUtf8(`${publicLine(key)} ${key.fingerprint}\n`),
      mustBeThese: true,
    });
  }
  files.set(HOW_TO_VERIFY, { bytes: encodeUtf8(howToVerify()), mustBeThese: false });
  return files;
}
