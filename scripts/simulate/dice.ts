/** Chance from a seed: the same seed throws the same, on every computer. */

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  }

  /** In [0, 1). mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number, both ends among them. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** Null when there is nothing to choose from. */
  of<T>(list: readonly T[]): T | null {
    return list.length === 0 ? null : list[Math.floor(this.next() * list.length)]!;
  }

  /** One of several, by weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    const sum = list.reduce((total, [weight]) => total + weight, 0);
    let at = this.next() * sum;
    for (const [weight, value] of list) {
      at -= weight;
      if (at < 0) return value;
    }
    return list.at(-1)![1];
  }
}
