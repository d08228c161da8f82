import { LabferryError } from "../../lib/base/mod.ts";

/** Longer than anything here takes on two cores that eight programs share; it costs only who waits. */
const LONGEST_MS = 60_000;
/**
 * A caller's limit is what is long on a computer that does nothing else. One that runs the whole suite
 * beside other work has let programs take ten times as long to start, and half a minute stand still.
 */
const PATIENCE = 3;

/** Waiting for something to become true, with a bound; never for a fixed time. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  options: {
    readonly limitMs?: number;
    readonly everyMs?: number;
    readonly what: string | (() => string);
  },
): Promise<void> {
  const { everyMs = 10, what } = options;
  const limitMs = (options.limitMs ?? LONGEST_MS) * PATIENCE;
  const end = performance.now() + limitMs;
  const late = (how = "") =>
    new Error(`waited ${limitMs} ms for ${typeof what === "string" ? what : what()}${how}`);
  const answer = { endMs: end + GRACE_MS, late: () => late(" without an answer") };
  while (!await within(unlessSilent(isSo), answer)) {
    if (performance.now() > end) throw late();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A service on a computer that stands still may miss a question: it is asked again, within the limit. */
async function unlessSilent(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await isSo();
  } catch (error) {
    if (error instanceof LabferryError && isTimeout(error.cause)) return false;
    throw error;
  }
}

const isTimeout = (cause: unknown) =>
  cause instanceof DOMException && cause.name === "TimeoutError";

/** What is asked for the last time may take so much longer. */
const GRACE_MS = 10_000;

/** A question that is never answered must not outlast the limit either. */
async function within<T>(
  asked: Promise<T>,
  { endMs, late }: { readonly endMs: number; readonly late: () => Error },
): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), Math.max(0, endMs - performance.now()));
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}
