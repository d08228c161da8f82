/**
 * What `work` gives, or the signal's reason as soon as it aborts: for what cannot be ended itself, such as
 * a question to a share that hangs. `work` then goes on unheard, and must leave nothing behind.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  // Whichever comes second is heard by nobody.
  for (const one of [work, aborted]) one.catch(() => {});
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
