/**
 * A probe: a folder of its own at a base, in which `labferry doctor` tries what a transfer does and
 * which it takes away again. The form of its name is the one thing a session removes as it is.
 */
const FORM = /^\.labferry-probe-[0-9a-f]{16}$/;

/** Below a probe: what a push of it is told as `supersedeInto`. */
export const PROBE_ASIDE = "aside";

/** A name that nobody has: 64 random bits. */
export function probeFolder(): string {
  return `.labferry-probe-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
}

export function isProbeFolder(farDir: string): boolean {
  return FORM.test(farDir);
}
