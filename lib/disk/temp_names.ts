/**
 * Names of files that live beside another one for a moment. They hold nothing of that one's name and
 * are at most 20 bytes long: on a file system with short names (143 bytes on encrypted shares) they
 * fit wherever the name itself does.
 */

const PART = /^\.lf-[0-9a-f]{11}\.part$/;
const TEMP = /^\.lf-[0-9a-f]{12}\.tmp$/;
/** Made and removed at once by `name_habits.ts`. */
const PROBE = /^\.lf-[0-9a-f]{10}(?:\u00e9|e\u0301)?$/i;
/** As earlier versions wrote them, with the name of the file beside which they were. */
const FORMER_PART = /^\..*\.[0-9a-f]{16}\.labferry-part$/s;

/** Handed to rclone 1.65 and newer, which writes `<name>.<8 characters><suffix>` and renames it. */
export const RCLONE_PART_SUFFIX = ".ferry-part";
const RCLONE_PART = /\.[0-9A-Za-z]{8}\.ferry-part$/;
/** A name that rclone is asked for in another case or form; made and removed at once. */
const RCLONE_PROBE = /^\.labferry-.*\.ferry-part$/is;

/** `.lf-<random>.part`: the temporary file of a copy. */
export function partName(): string {
  return `.lf-${randomHex(11)}.part`;
}

/** `.lf-<random>.tmp`: the temporary file of an atomic write. */
export function tempName(): string {
  return `.lf-${randomHex(12)}.tmp`;
}

/** True for the name of a temporary file of a copy, finished or not. */
export function isPartName(name: string): boolean {
  return PART.test(name) || FORMER_PART.test(name);
}

/** True for any of our own temporary names. */
export function isOwnTempName(name: string): boolean {
  return [TEMP, PROBE, RCLONE_PART, RCLONE_PROBE].some((form) => form.test(name)) ||
    isPartName(name);
}

/** 44 bits and more, beside exclusive creation: two names at one time and place will not meet. */
function randomHex(digits: number): string {
  return crypto.getRandomValues(new Uint8Array(6)).toHex().slice(0, digits);
}
