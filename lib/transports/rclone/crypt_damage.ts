/**
 * Files that crypt cannot give back any more, because what is kept over there is not what it wrote
 * (https://rclone.org/crypt/#file-formats): such a file has no bytes to be hashed, and is damaged, not
 * missing. Whoever holds another password cannot read the destination's marker either, and never comes
 * so far.
 */
import type { Backend } from "./backend.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import type { RcloneLine } from "./log_line.ts";
import { statFew } from "./small_requests.ts";

const UNREADABLE =
  /failed to authenticate decrypted block|not an encrypted file|file is too short to be encrypted|truncated block header/;
/** A file that was cut off there, or a connection that ended in its middle. */
const ENDED = /unexpected EOF/;
const TOTAL = /^Failed to hashsum(?: with (\d+) errors)?: /;

/** Hears what one `rclone hashsum` says. */
export class CryptDamage {
  readonly #unreadable = new Set<string>();
  readonly #ended = new Set<string>();
  #errors = 0;

  onLine({ object, cause, isError, text }: RcloneLine): void {
    if (!isError) return;
    if (object === null) this.#errors = Number(TOTAL.exec(text)?.[1] ?? 1);
    else if (UNREADABLE.test(cause)) this.#unreadable.add(object);
    else if (ENDED.test(cause)) this.#ended.add(object);
  }

  /**
   * The damaged files, below the base, where they are all that went wrong; else null. `sizeOf` is the
   * listed size: a file that has it and was not read to its end belongs to a lost connection.
   */
  async found(
    connection: RcloneConnection,
    { sizeOf, signal }: {
      readonly sizeOf: (name: string) => number | null;
      readonly signal: AbortSignal;
    },
  ): Promise<ReadonlySet<string> | null> {
    const ended = this.#ended;
    if (this.#errors === 0 || this.#errors !== this.#unreadable.size + ended.size) return null;
    if (ended.size === 0) return this.#unreadable;
    const there = await statFew(connection, { fs: farSpec(connection, ""), names: ended, signal });
    const areCut = ended.values().every((name) => there.get(name)?.sizeBytes !== sizeOf(name));
    return areCut ? this.#unreadable.union(ended) : null;
  }
}

export function isEncrypted({ type, wrappedTypes }: Backend): boolean {
  return type === "crypt" || wrappedTypes.has("crypt");
}
