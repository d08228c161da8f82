/**
 * The hashes of a whole pass, which rclone gives in an order of its own: a million of them in 50 MB.
 * Not the names are kept but 64 bits of a hash of each, made so that no two of the list are equal.
 */
import { createHash } from "node:crypto";
import type { FileList } from "../contract.ts";

const HASH_BYTES = 32;
/** Two of a million names clash once in 40 million lists; a list that names one twice always does. */
const MAX_SALTS = 4;

export class HashTable {
  readonly #salt: string;
  readonly #keys: BigUint64Array;
  readonly #sizes: Float64Array;
  readonly #hashes: Uint8Array;
  readonly #seen: Uint8Array;

  private constructor(
    { salt, keys }: { readonly salt: string; readonly keys: BigUint64Array },
  ) {
    this.#salt = salt;
    this.#keys = keys;
    this.#sizes = new Float64Array(keys.length);
    this.#hashes = new Uint8Array(keys.length * HASH_BYTES);
    this.#seen = new Uint8Array(keys.length);
  }

  /** @throws {RangeError} for a list that names a file twice */
  static async for(names: FileList): Promise<HashTable> {
    for (let salt = 0; salt < MAX_SALTS; salt++) {
      const keys = await sortedKeys(names, `${salt}`);
      if (keys.every((key, at) => at === 0 || key !== keys[at - 1])) {
        const table = new HashTable({ salt: `${salt}`, keys });
        for await (const { path, sizeBytes } of names) {
          table.#sizes[table.#placeOf(path)] = sizeBytes;
        }
        return table;
      }
    }
    throw new RangeError("the list names a file twice");
  }

  /** Keeps a hash (64 hex digits) and gives the file's size; null for a name that is not listed. */
  set(path: string, sha256: string): number | null {
    const place = this.#placeOf(path);
    if (place === -1) return null;
    this.#hashes.set(Uint8Array.fromHex(sha256), place * HASH_BYTES);
    const isNew = this.#seen[place] === 0;
    this.#seen[place] = 1;
    return isNew ? this.#sizes[place]! : 0;
  }

  /** Null for a name that is not listed. */
  sizeOf(path: string): number | null {
    const place = this.#placeOf(path);
    return place === -1 ? null : this.#sizes[place]!;
  }

  /** Null when no hash came for that name. */
  get(path: string): string | null {
    const place = this.#placeOf(path);
    if (place === -1 || this.#seen[place] === 0) return null;
    return this.#hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES).toHex();
  }

  #placeOf(path: string): number {
    const key = keyOf(path, this.#salt);
    let from = 0;
    let to = this.#keys.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#keys[middle]! < key) from = middle + 1;
      else to = middle;
    }
    return this.#keys[from] === key ? from : -1;
  }
}

async function sortedKeys(names: FileList, salt: string): Promise<BigUint64Array> {
  let count = 0;
  for await (const _ of names) count++;
  const keys = new BigUint64Array(count);
  let at = 0;
  for await (const { path } of names) keys[at++] = keyOf(path, salt);
  return keys.sort();
}

function keyOf(path: string, salt: string): bigint {
  return createHash("sha1").update(salt).update(path).digest().readBigUInt64BE();
}
