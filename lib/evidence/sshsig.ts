/**
 * Signatures in ssh's own form (OpenSSH's PROTOCOL.sshsig), Ed25519: made and read here without a
 * program, checked by anybody with `ssh-keygen -Y verify`. What is signed is the SHA-256 of a text,
 * which is known already wherever a manifest was written: nothing is read again for it.
 */
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { decodeUtf8, encodeUtf8 } from "../base/mod.ts";
import { concatBytes, packed, uint32, Unpacking } from "./ssh_wire.ts";

const MAGIC = encodeUtf8("SSHSIG");
const VERSION = 1;
const KEY_TYPE = "ssh-ed25519";
const HASH = "sha256";
const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const LINE = 70;
/** A signature of ours has some 300 bytes; a larger file is none. */
const MOST_BYTES = 8 * 1024;

export interface WhatIsSigned {
  readonly namespace: string;
  /** Of the whole text, lower-case hex. */
  readonly sha256: string;
}

export interface SigningPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** `ssh-ed25519` and the key, as ssh packs and hashes it. */
export function publicBlob(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return packed(KEY_TYPE, publicKey);
}

/** Armoured; `at` is said below the signature, for whoever has to name a time, and is not signed. */
export function signatureText(
  { publicKey, privateKey }: SigningPair,
  { at, ...what }: WhatIsSigned & { readonly at: Date },
): string {
  const signature = sign(null, signedBytes(what), privateKey);
  const blob = concatBytes([
    MAGIC,
    uint32(VERSION),
    packed(
      publicBlob(publicKey),
      what.namespace,
      "",
      HASH,
      packed(KEY_TYPE, new Uint8Array(signature)),
    ),
  ]);
  const base64 = blob.toBase64();
  const lines: string[] = [];
  for (let i = 0; i < base64.length; i += LINE) lines.push(base64.slice(i, i + LINE));
  return `${[BEGIN, ...lines, END, `${SIGNED_AT}${sshTime(at)}`].join("\n")}\n`;
}

/** Begins the line below the armour. */
export const SIGNED_AT = "signed-at: ";

/** `20261126113000`: as ssh writes times, here always in UTC. */
export function sshTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace(/[^0-9]/g, "");
}

/**
 * The key of a signature that holds for exactly this text; null for any other bytes. Whose key it is, is
 * not asked here.
 */
export function keyOfSignature(bytes: Uint8Array, what: WhatIsSigned): Uint8Array | null {
  const read = readSignature(bytes);
  if (read === null || read.namespace !== what.namespace) return null;
  const holds = verify(null, signedBytes(what), keyObject(read.publicKey), read.signature);
  return holds ? read.publicKey : null;
}

/** Ed25519 takes any 32 bytes for a key; one that is no point of the curve verifies nothing. */
function keyObject(publicKey: Uint8Array): KeyObject {
  const x = publicKey.toBase64({ alphabet: "base64url", omitPadding: true });
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

function signedBytes({ namespace, sha256 }: WhatIsSigned): Uint8Array {
  return concatBytes([MAGIC, packed(namespace, "", HASH, Uint8Array.fromHex(sha256))]);
}

interface Read {
  readonly publicKey: Uint8Array;
  readonly namespace: string;
  readonly signature: Uint8Array;
}

/** Null for what no signature of this kind is. */
function readSignature(bytes: Uint8Array): Read | null {
  if (bytes.length > MOST_BYTES) return null;
  const blob = unarmoured(bytes);
  if (blob === null) return null;
  const unpacking = new Unpacking(blob);
  const magic = unpacking.raw(MAGIC.length);
  if (magic === null || textOf(magic) !== "SSHSIG" || unpacking.uint32() !== VERSION) return null;
  const publicKey = typed(unpacking.string(), 32);
  const namespace = textOf(unpacking.string());
  const reserved = unpacking.string();
  const hash = textOf(unpacking.string());
  const signature = typed(unpacking.string(), 64);
  if (publicKey === null || signature === null || namespace === null) return null;
  const isWhole = reserved?.length === 0 && hash === HASH && unpacking.isAtEnd;
  return isWhole ? { publicKey, namespace, signature } : null;
}

function unarmoured(bytes: Uint8Array): Uint8Array | null {
  const text = textOf(bytes);
  if (text === null || !text.startsWith(`${BEGIN}\n`)) return null;
  const end = text.indexOf(`\n${END}`);
  if (end < 0) return null;
  try {
    return Uint8Array.fromBase64(text.slice(BEGIN.length, end).replaceAll("\n", ""));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What an `ssh-ed25519` string holds, when it has this length; null for any other kind. */
function typed(bytes: Uint8Array | null, length: number): Uint8Array | null {
  if (bytes === null) return null;
  const unpacking = new Unpacking(bytes);
  const type = textOf(unpacking.string());
  const value = unpacking.string();
  return type === KEY_TYPE && value?.length === length && unpacking.isAtEnd ? value : null;
}

function textOf(bytes: Uint8Array | null): string | null {
  try {
    return bytes && decodeUtf8(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
