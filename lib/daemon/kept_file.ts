/**
 * A small file of the state directory that is made once and then only read: an id, a secret. One
 * that is empty or torn (a full disk, a power cut, a person's editor) is put aside and made anew,
 * because a service that refuses to start over it would help nobody.
 */
import { dirname, join } from "node:path";
import { type Clock, decodeUtf8, encodeUtf8, messageOf, systemClock } from "../base/mod.ts";
import { errnoOf, lockFile, writeFileAtomic } from "../disk/mod.ts";

export interface KeptFile {
  readonly path: string;
  readonly isValid: (text: string) => boolean;
  readonly make: () => string | Promise<string>;
  readonly mode: number;
  readonly clock?: Clock;
}

export interface Kept {
  readonly text: string;
  /** What was there before and could not be used; null when nothing was. */
  readonly replaced: Replaced | null;
}

export interface Replaced {
  readonly path: string;
  /** Where its bytes are now; null when it had none. */
  readonly setAside: string | null;
}

/** Makers take turns on this one lock, so that two of them agree on the first one's file. */
const MAKING_LOCK = "making.lock";

/** The file's text, made when it is missing or of no use. */
export async function keepFile(file: KeptFile): Promise<Kept> {
  const { path, isValid, make, mode } = file;
  const found = await textOf(path);
  if (found !== null && isValid(found)) return { text: found, replaced: null };
  // Another maker's turn takes real time, whatever clock the file's own times are taken from.
  using _turn = await lockFile(join(dirname(path), MAKING_LOCK), { mode: "exclusive" });
  const now = await textOf(path);
  if (now !== null && isValid(now)) return { text: now, replaced: null };
  const replaced = now === null ? null : { path, setAside: await putAside(file) };
  const text = await make();
  await writeFileAtomic(path, encodeUtf8(text), { createOnly: true, mode });
  return { text, replaced };
}

/** Null when it is not there. Bytes that are no text are some that nothing accepts. */
async function textOf(path: string): Promise<string | null> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return `not text: ${messageOf(error)}`;
  }
}

/** A copy, then away with it: killed in between, both are there, and the next start does it again. */
async function putAside({ path, mode, clock = systemClock }: KeptFile): Promise<string | null> {
  const bytes = await Deno.readFile(path);
  let target: string | null = null;
  if (bytes.length > 0) {
    target = `${path}.damaged-${clock.now().toISOString().replaceAll(":", "-")}`;
    await writeFileAtomic(target, bytes, { mode });
  }
  await Deno.remove(path);
  return target;
}

/** For the log and for a person: what became of a file that could not be used. */
export function replacedWords({ path, setAside }: Replaced): string {
  return setAside === null
    ? `${path} was empty; it was made anew`
    : `${path} could not be used; it was set aside as ${setAside} and made anew`;
}
