/**
 * Calls that somebody else's open file may refuse on Windows: a virus scanner, a viewer, the
 * instrument's own software. Most let go within a second or two.
 */
import { osErrorOf } from "./error_numbers.ts";

/** Sharing violation, lock violation. */
const IN_USE = [32, 33];
/** Access denied is what a rename over an open file says. */
const IN_USE_OR_DENIED = [5, ...IN_USE];
const ATTEMPTS = 10;

export interface InUseOptions {
  /** Whether "access denied" counts too, because only an open file can be its reason; @default false */
  readonly deniedToo?: boolean;
  /** @default the system's own; tests name another */
  readonly system?: string;
  /** Waits between two tries; tests need not. */
  readonly pause?: (waitMs: number) => void;
}

/** True when somebody else has the file open. */
export function isInUse(error: unknown, options: InUseOptions = {}): boolean {
  const { deniedToo = false, system = Deno.build.os } = options;
  const numbers = deniedToo ? IN_USE_OR_DENIED : IN_USE;
  return system === "windows" && numbers.includes(osErrorOf(error) ?? 0);
}

/** `act`, again for some two seconds while the file is in use. For threads that may block. */
export function onceFreeSync<T>(act: () => T, options: InUseOptions = {}): T {
  const { pause = blockFor } = options;
  for (let attempt = 0;; attempt++) {
    try {
      return act();
    } catch (error) {
      if (attempt === ATTEMPTS - 1 || !isInUse(error, options)) throw error;
      pause(waitMs(attempt));
    }
  }
}

/** Replaces `to` by `from` in one step; `rename` is how. */
export async function renameOver(
  { from, to }: { readonly from: string; readonly to: string },
  rename: (from: string, to: string) => void | Promise<void> = Deno.rename,
): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (attempt === ATTEMPTS - 1 || !isInUse(error, { deniedToo: true })) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs(attempt)));
    }
  }
}

/** The same for worker threads, which may block. */
export function renameOverSync(from: string, to: string): void {
  onceFreeSync(() => Deno.renameSync(from, to), { deniedToo: true });
}

/** Milliseconds to wait after each failed attempt; about two seconds in all. */
function waitMs(attempt: number): number {
  return Math.min(10 * 2 ** attempt, 400) * (0.75 + Math.random() / 2);
}

function blockFor(waitMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
}
