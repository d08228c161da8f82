/**
 * The keys of this installation, `<state>/signing_keys/<fingerprint>.json` (0600): each made once, created
 * exclusively and never changed. A key signs for two years; a new one takes over two months before, or at
 * a person's word. Keys that signed once stay, so that what they signed is known as ours.
 *
 * ```json
 * { "schema_version": "1.0", "principal": "labferry@flow-pc", "valid_after": "20261126113000",
 *   "valid_before": "20281126113000", "public_key": "<base64>", "private_key": "-----BEGIN …" }
 * ```
 *
 * A `<fingerprint>.revoked` beside it is a person's word that the key may have leaked.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { type Clock, decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { parseJson } from "../base/json.ts";
import { entriesOf, isThere, lockFile, removeIfThere, writeFileAtomic } from "../disk/mod.ts";
import { NAMESPACES } from "./namespaces.ts";
import { publicBlob, type SigningPair, sshTime } from "./sshsig.ts";

const KEYS_FOLDER = "signing_keys";
const KEY_END = ".json";
const REVOKED_END = ".revoked";
/** `rules.md` 33. */
const VALID_YEARS = 2;
const DAY_MS = 86_400_000;
/** A key in its last days would expire under a deletion that waits. */
const RENEW_BEFORE_MS = 60 * DAY_MS;
/** A key from a clock that was wrong is not used before its time. */
const CLOCK_SLACK_MS = DAY_MS;

export interface SigningKey extends SigningPair {
  /** SHA-256 of the public half as ssh packs it, in hex: no case and no `/` to get lost on a share. */
  readonly fingerprint: string;
  /** `labferry@<host>`, as `ssh-keygen -Y verify -I` wants it. */
  readonly principal: string;
  /** As `sshTime`. */
  readonly validAfter: string;
  readonly validBefore: string;
  readonly isRevoked: boolean;
}

export interface KeysOptions {
  readonly stateDir: string;
  readonly host: string;
  readonly clock: Clock;
}

/** Every key that can be read. @throws LabferryError `malformed_record` for one that cannot */
export async function readKeys({ stateDir }: Pick<KeysOptions, "stateDir">): Promise<SigningKey[]> {
  const folder = join(stateDir, KEYS_FOLDER);
  if (!await isThere(folder)) return [];
  const names = (await entriesOf(folder)).map(({ name }) => name);
  const keys: SigningKey[] = [];
  for (const name of names.filter((one) => one.endsWith(KEY_END)).sort()) {
    const path = join(folder, name);
    const isRevoked = names.includes(name.replace(KEY_END, REVOKED_END));
    keys.push({ ...keyFrom(await Deno.readFile(path), path), isRevoked });
  }
  return keys;
}

/** The key to sign with now; made where there is none that can be used. */
export async function currentKey(options: KeysOptions): Promise<SigningKey> {
  const found = usable(await readKeys(options), options.clock.now());
  if (found) return found;
  using _turn = await turnOf(options);
  return usable(await readKeys(options), options.clock.now()) ?? await makeKey(options);
}

/**
 * A new key from now on. `because: "leaked"` revokes the ones before; `"another installation"` takes them
 * away, because they are the one's from which this computer was copied.
 */
export async function renewKey(
  { because, ...options }: KeysOptions & {
    readonly because: "asked" | "leaked" | "another installation";
  },
): Promise<SigningKey> {
  using _turn = await turnOf(options);
  const old = await readKeys(options);
  const made = await makeKey(options);
  for (const { fingerprint } of old) {
    const path = join(options.stateDir, KEYS_FOLDER, fingerprint);
    if (because === "another installation") await removeIfThere(`${path}${KEY_END}`);
    if (because !== "leaked" || await isThere(`${path}${REVOKED_END}`)) continue;
    const at = encodeUtf8(`${sshTime(options.clock.now())}\n`);
    await writeFileAtomic(`${path}${REVOKED_END}`, at, { createOnly: true });
  }
  return made;
}

/** `labferry@flow-pc namespaces="…",valid-after="…",valid-before="…" ssh-ed25519 AAAA… <fingerprint>` */
export function signerLine(key: SigningKey): string {
  const options = [
    `namespaces="${Object.values(NAMESPACES).join(",")}"`,
    `valid-after="${key.validAfter}"`,
    `valid-before="${key.validBefore}"`,
  ];
  return `${key.principal} ${options.join(",")} ${publicLine(key)} ${key.fingerprint}\n`;
}

/** `ssh-ed25519 AAAA…` */
export function publicLine({ publicKey }: Pick<SigningKey, "publicKey">): string {
  return `ssh-ed25519 ${publicBlob(publicKey).toBase64()}`;
}

export function fingerprintOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicBlob(publicKey)).digest("hex");
}

async function turnOf({ stateDir }: KeysOptions): Promise<Disposable> {
  const folder = join(stateDir, KEYS_FOLDER);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  // Another maker's turn takes real time, whatever clock the keys' own times are taken from.
  return await lockFile(join(folder, "making.lock"), { mode: "exclusive" });
}

function usable(keys: readonly SigningKey[], now: Date): SigningKey | null {
  const latestBirth = sshTime(new Date(now.getTime() + CLOCK_SLACK_MS));
  const earliestEnd = sshTime(new Date(now.getTime() + RENEW_BEFORE_MS));
  const fit = keys.filter(({ isRevoked, validAfter, validBefore }) =>
    !isRevoked && validAfter <= latestBirth && validBefore > earliestEnd
  );
  return fit.sort((a, b) => a.validAfter < b.validAfter ? 1 : -1)[0] ?? null;
}

async function makeKey({ stateDir, host, clock }: KeysOptions): Promise<SigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Uint8Array.fromBase64(publicKey.export({ format: "jwk" }).x!, {
    alphabet: "base64url",
  });
  const born = clock.now();
  const end = new Date(born);
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS);
  const key: SigningKey = {
    publicKey: raw,
    privateKey,
    fingerprint: fingerprintOf(raw),
    principal: principalOf(host),
    validAfter: sshTime(born),
    validBefore: sshTime(end),
    isRevoked: false,
  };
  const text = {
    schema_version: "1.0",
    principal: key.principal,
    valid_after: key.validAfter,
    valid_before: key.validBefore,
    public_key: raw.toBase64(),
    private_key: privateKey.export({ format: "pem", type: "pkcs8" }),
  };
  await writeFileAtomic(
    join(stateDir, KEYS_FOLDER, `${key.fingerprint}${KEY_END}`),
    encodeUtf8(`${JSON.stringify(text, null, 2)}\n`),
    { createOnly: true, mode: 0o600 },
  );
  return key;
}

/** Short and in small letters, as the host's name is everywhere; of letters that mean nothing to ssh. */
function principalOf(host: string): string {
  const name = host.split(".")[0]!.toLowerCase().replace(/[^a-z0-9_-]/g, "-");
  return `labferry@${name || "unnamed"}`;
}

function keyFrom(bytes: Uint8Array, path: string): Omit<SigningKey, "isRevoked"> {
  try {
    const value = parseJson(decodeUtf8(bytes)).value as Record<string, unknown>;
    const text = (name: string): string => {
      const one = value?.[name];
      if (typeof one === "string") return one;
      throw new TypeError(`${name} is missing`);
    };
    const publicKey = Uint8Array.fromBase64(text("public_key"));
    const privateKey: KeyObject = createPrivateKey(text("private_key"));
    return {
      publicKey,
      privateKey,
      fingerprint: fingerprintOf(publicKey),
      principal: text("principal"),
      validAfter: text("valid_after"),
      validBefore: text("valid_before"),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new LabferryError("malformed_record", `The signing key ${path} cannot be read`, {
      path,
      why: error.message,
      hint: "move the file away: a new key is made, and what this one signed stays verifiable",
      cause: error,
    });
  }
}
