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
  while (!await within(isSo(), { endMs: end + GRACE_MS, late: () => late(" without an answer") })) {
    if (performance.now() > end) throw late();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** What is asked for the last time may take so much longer. */
const GRACE_MS = 10_000;

/** A question that is never answered must not outlast the limit either. */
async function within<T>(
  asked: T | Promise<T>,
  { endMs, late }: { readonly endMs: number; readonly late: () => Error },
): Promise<T> {
  if (!(asked instanceof Promise)) return asked;
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), Math.max(0, endMs - performance.now()));
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}
