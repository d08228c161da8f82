/**
 * True when `work` has ended, well or not, before `limitMs` have passed. By the time of the world: whether
 * a share answers is nothing that a simulated clock knows. `work` goes on either way.
 */
export async function endsWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const { promise: overdue, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), limitMs);
  const end = () => true;
  const ended = await Promise.race([work.then(end, end), overdue]);
  clearTimeout(timer);
  return ended;
}
