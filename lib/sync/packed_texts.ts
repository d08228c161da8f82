/**
 * A text for each of very many paths, outside the heap. As objects in a map a hundred thousand of them
 * are 30 MB that the collector goes through again and again, and each time the program stands still.
 */
import { encodeUtf8 } from "../base/mod.ts";

/** An entry is the two lengths, the path and the text; none lies across two pages. */
const PAGE_BYTES = 256 * 1024;
const LENGTHS_BYTES = 8;
const FIRST_SLOTS = 1024;
/** In a slot: nothing yet, or what was there was taken. Any other number is an entry's place, plus 2. */
const EMPTY = 0;
const TAKEN = 1;

const decoder = new TextDecoder();

export class PackedTexts {
  readonly #pages: DataView[] = [];
  /** Where the next entry of the last page begins. */
  #end = PAGE_BYTES;
  /** Open addressing: looked through from a path's own slot to the first that is empty. */
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Slots that are not empty. */
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** In place of what stands for the path; path and text are UTF-8 of at most 100 kB together. */
  set(path: string, text: string): void {
    this.take(path);
    if (2 * this.#used >= this.#slots.length) this.#rehash();
    const key = encodeUtf8(path);
    this.#slots[this.#freeSlot(key)] = this.#write(key, encodeUtf8(text)) + 2;
    this.#used++;
    this.#size++;
  }

  /** The text for `path`, which is forgotten with it; null when there is none. */
  take(path: string): string | null {
    const key = encodeUtf8(path);
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(key) & mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      if (this.#slots[slot] === TAKEN) continue;
      const entry = this.#entryAt(this.#slots[slot]! - 2);
      if (!isSame(entry.key, key)) continue;
      this.#slots[slot] = TAKEN;
      this.#size--;
      return decoder.decode(entry.text);
    }
    return null;
  }

  /** What was not taken, in no order. */
  *paths(): Generator<string> {
    for (const place of this.#places()) yield decoder.decode(this.#entryAt(place).key);
  }

  *#places(): Generator<number> {
    for (const slot of this.#slots) if (slot !== EMPTY && slot !== TAKEN) yield slot - 2;
  }

  #freeSlot(key: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(key) & mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  #rehash(): void {
    const places = [...this.#places()];
    const power = Math.ceil(Math.log2(4 * places.length + 4));
    this.#slots = new Uint32Array(Math.max(FIRST_SLOTS, 2 ** power));
    for (const place of places) this.#slots[this.#freeSlot(this.#entryAt(place).key)] = place + 2;
    this.#used = places.length;
  }

  #write(key: Uint8Array, text: Uint8Array): number {
    const length = LENGTHS_BYTES + key.length + text.length;
    if (length > PAGE_BYTES) throw new RangeError(`a text of ${length} bytes fits on no page`);
    if (this.#end + length > PAGE_BYTES) {
      this.#pages.push(new DataView(new ArrayBuffer(PAGE_BYTES)));
      this.#end = 0;
    }
    const page = this.#pages.at(-1)!;
    page.setUint32(this.#end, key.length);
    page.setUint32(this.#end + 4, text.length);
    const bytes = new Uint8Array(page.buffer);
    bytes.set(key, this.#end + LENGTHS_BYTES);
    bytes.set(text, this.#end + LENGTHS_BYTES + key.length);
    const place = (this.#pages.length - 1) * PAGE_BYTES + this.#end;
    this.#end += length;
    return place;
  }

  #entryAt(place: number): { readonly key: Uint8Array; readonly text: Uint8Array } {
    const page = this.#pages[Math.floor(place / PAGE_BYTES)]!;
    const at = place % PAGE_BYTES;
    const [keyLength, textLength] = [page.getUint32(at), page.getUint32(at + 4)];
    const keyAt = at + LENGTHS_BYTES;
    return {
      key: new Uint8Array(page.buffer, keyAt, keyLength),
      text: new Uint8Array(page.buffer, keyAt + keyLength, textLength),
    };
  }
}

/** FNV-1a, 32 bits. */
function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
