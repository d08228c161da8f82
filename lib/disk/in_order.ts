/** Work on many things at once whose results are wanted in the order of the things. */

/** Gathers items into batches of at most `maxItems` items and about `maxBytes` bytes. */
export async function* inBatches<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limits: { maxItems: number; maxBytes: number; sizeOf: (item: T) => number },
): AsyncGenerator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for await (const item of items) {
    const size = limits.sizeOf(item);
    if (batch.length > 0 && bytes + size > limits.maxBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
    if (batch.length >= limits.maxItems) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/**
 * Yields `run(thing)` for each thing, in order, with at most `ahead` of them started and not yet
 * taken. Leaving the loop early aborts what is under way.
 */
export async function* inOrder<T, R>(
  things: AsyncIterable<T>,
  run: (thing: T, signal: AbortSignal) => Promise<R>,
  options: { ahead: number; signal?: AbortSignal | undefined },
): AsyncGenerator<R> {
  const leaving = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, leaving.signal])
    : leaving.signal;
  const started: Promise<R>[] = [];
  try {
    for await (const thing of things) {
      signal.throwIfAborted();
      const result = run(thing, signal);
      // Awaited in its turn; until then a rejection must not end the process.
      result.catch(() => {});
      started.push(result);
      if (started.length >= options.ahead) yield await started.shift()!;
    }
    while (started.length > 0) yield await started.shift()!;
  } finally {
    leaving.abort(new DOMException("the results are no longer wanted", "AbortError"));
    await Promise.allSettled(started);
  }
}
