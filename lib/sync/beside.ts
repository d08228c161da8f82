/** Two works side by side; when one fails the other is stopped, and both have ended afterwards. */
export async function beside(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let first: { readonly error: unknown } | null = null;
  const guarded = works.map(async (work) => {
    try {
      await work(both);
    } catch (error) {
      first ??= { error };
      stop.abort(new DOMException("the work beside it failed", "AbortError"));
    }
  });
  await Promise.all(guarded);
  if (first) throw (first as { error: unknown }).error;
}
