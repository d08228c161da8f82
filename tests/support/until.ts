/** Longer than anything here takes on two cores that eight programs share; it costs only who waits. */
const LONGEST_MS = 60_000;

/** Waiting for something to become true, with a bound; never for a fixed time. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  options: {
    readonly limitMs?: number;
    readonly everyMs?: number;
    readonly what: string | (() => string);
  },
): Promise<void> {
  const { limitMs = LONGEST_MS, everyMs = 10, what } = options;
  const end = performance.now() + limitMs;
  while (!await isSo()) {
    if (performance.now() > end) {
      throw new Error(`waited ${limitMs} ms for ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
