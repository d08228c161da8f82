/**
 * Who has which bytes. Every content the life makes is another one, so that its copies can be counted
 * at every instant, wherever they are and under whatever name. What was sealed, and what others put at
 * the NAS, is precious: its last copy may go only by the life's own hand, and the life says so.
 */
import type { TreeNode } from "./tree.ts";

/** Begins every content of the life's; records and parts of files do not count. */
const MARK = "D#";

export interface LedgerOptions {
  /** Hears of a precious content of which the last copy goes just now. */
  readonly onLast: (content: string, what: string) => void;
  /** Files that a power cut could take. @default none */
  readonly uncertain?: () => Iterable<TreeNode>;
}

export class Ledger {
  readonly #copies = new Map<string, number>();
  readonly #precious = new Map<string, string>();
  /** Precious contents that the life itself destroyed. */
  readonly lost = new Set<string>();
  #contents = 0;
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** New bytes that nobody ever had. */
  newContent(filler: number): Uint8Array<ArrayBuffer> {
    const text = `${MARK}${++this.#contents}#`;
    return new TextEncoder().encode(text + "x".repeat(filler)) as Uint8Array<ArrayBuffer>;
  }

  onBytes(node: TreeNode, after: Uint8Array | null): void {
    const before = contentOf(node.bytes);
    if (after !== null) this.#count(contentOf(after), 1);
    this.#count(before, -1);
  }

  /** A power cut gives a file back. */
  onBack({ bytes }: TreeNode): void {
    this.#count(contentOf(bytes), 1);
  }

  /** Another copy less would be the end of it, or might be after a power cut. */
  isLastCopy(node: TreeNode): boolean {
    const content = contentOf(node.bytes);
    if (content === null || !this.#precious.has(content) || this.lost.has(content)) return false;
    const uncertain = new Set(this.#options.uncertain?.() ?? []);
    const others = [...uncertain].filter((one) =>
      one !== node && one.nlink > 0 && contentOf(one.bytes) === content
    );
    return (this.#copies.get(content) ?? 0) - others.length <= 1;
  }

  /** Sealed once, or a colleague's, and not lost by the life's own hand. */
  isPrecious(content: string): boolean {
    return this.#precious.has(content) && !this.lost.has(content);
  }

  isLost(content: string): boolean {
    return this.lost.has(content);
  }

  cherish(node: TreeNode, what: string): void {
    const content = contentOf(node.bytes);
    if (content !== null && !this.#precious.has(content)) this.#precious.set(content, what);
  }

  get preciousCount(): number {
    return this.#precious.size;
  }

  /** Contents that should be somewhere, and are not; none unless the counting itself is wrong. */
  missing(nodes: Iterable<TreeNode>): string[] {
    const there = new Set<string | null>();
    for (const node of nodes) if (node.kind === "file") there.add(contentOf(node.bytes));
    return [...this.#precious].flatMap(([content, what]) =>
      there.has(content) || this.lost.has(content) ? [] : [what]
    );
  }

  #count(content: string | null, by: number): void {
    if (content === null) return;
    const copies = (this.#copies.get(content) ?? 0) + by;
    this.#copies.set(content, copies);
    const what = this.#precious.get(content);
    if (copies === 0 && what !== undefined && !this.lost.has(content)) {
      this.#options.onLast(content, what);
    }
  }
}

/** Bytes on a disk in memory are never changed in place: what they are is found out once. */
const contents = new WeakMap<Uint8Array, string>();
const LATIN = new TextDecoder("latin1");

export function contentOf(bytes: Uint8Array): string | null {
  if (bytes[0] !== 0x44 || bytes[1] !== 0x23) return null;
  let content = contents.get(bytes);
  if (content === undefined) contents.set(bytes, content = LATIN.decode(bytes));
  return content;
}
