/**
 * Which of very many keys come more than once, without keeping them: 52 bits of each are kept, 16 bytes
 * a key. Two different keys may be taken for one, never one for two; who asks looks at the few again.
 */
const FIRST_ROOM = 1024;
/** Fuller tables get slow. */
const FULLEST = 0.5;
const FREE = -1;

export class SharedKeys {
  #table = new Float64Array(FIRST_ROOM).fill(FREE);
  #count = 0;
  readonly #shared = new Set<number>();

  add(key: string): void {
    const number = numberOf(key);
    const at = placeOf(this.#table, number);
    if (this.#table[at] === number) {
      this.#shared.add(number);
      return;
    }
    this.#table[at] = number;
    if (++this.#count > this.#table.length * FULLEST) this.#grow();
  }

  /** Some key came twice, or looks as if it had. */
  get hasAny(): boolean {
    return this.#shared.size > 0;
  }

  /** False for a key that certainly came once at most. */
  has(key: string): boolean {
    return this.#shared.has(numberOf(key));
  }

  #grow(): void {
    const larger = new Float64Array(this.#table.length * 2).fill(FREE);
    for (const number of this.#table) {
      if (number !== FREE) larger[placeOf(larger, number)] = number;
    }
    this.#table = larger;
  }
}

/** Where the number is, or may be put. */
function placeOf(table: Float64Array, number: number): number {
  const last = table.length - 1;
  let at = number & last;
  while (table[at] !== FREE && table[at] !== number) at = (at + 1) & last;
  return at;
}

/** Two sums of 32 bits over the UTF-16 units, each with a multiplier of its own. */
function numberOf(key: string): number {
  let low = 0x2c1b3c6d;
  let high = 0x297a2d39;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x85ebca77);
    low ^= low >>> 15;
    high ^= high >>> 13;
  }
  return (high & 0xfffff) * 0x100000000 + (low >>> 0);
}
