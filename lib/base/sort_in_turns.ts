/** Sorting what may be a million long while others have the thread as well. */

/** Sorted in one go: a few milliseconds. */
const PART = 4_096;

/**
 * The items in order; `step` is called often and may take a pause. Equal items keep their order. The
 * array given is used up.
 */
export async function sortInTurns<T>(
  items: T[],
  { compare, step }: {
    readonly compare: (a: T, b: T) => number;
    readonly step: () => Promise<void>;
  },
): Promise<T[]> {
  if (items.length <= PART) return items.sort(compare);
  for (let at = 0; at < items.length; at += PART) {
    const part = items.slice(at, at + PART).sort(compare);
    for (let i = 0; i < part.length; i++) items[at + i] = part[i]!;
    await step();
  }
  let [from, to] = [items, new Array<T>(items.length)];
  for (let width = PART; width < items.length; width *= 2) {
    for (let left = 0; left < from.length; left += 2 * width) {
      const middle = Math.min(left + width, from.length);
      const right = Math.min(left + 2 * width, from.length);
      let [a, b] = [left, middle];
      for (let at = left; at < right; at++) {
        const takesLeft = a < middle && (b >= right || compare(from[a]!, from[b]!) <= 0);
        to[at] = takesLeft ? from[a++]! : from[b++]!;
        if (at % PART === 0) await step();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
