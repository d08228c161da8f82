/**
 * What was written and is not on the disk yet, and what a power cut leaves of it. A disk may keep
 * any of it: a name without its bytes, the second of two renames without the first, a file of the right
 * size with zeros in it. What was flushed stays: a file's bytes by a flush of the file, a name by a flush
 * of its folder. One thing is as on every disk with a journal: a rename is done or not done.
 */
import type { Dice } from "./dice.ts";
import type { TreeNode } from "./tree.ts";

export interface UnflushedOptions {
  /** Told before a file's bytes change; `after` null: it has no name any more. */
  readonly onBytes: (node: TreeNode, after: Uint8Array | null) => void;
  /** A file that had no name has one again. */
  readonly onBack: (node: TreeNode) => void;
}

/** A place in a folder. */
export interface Slot {
  readonly parent: TreeNode;
  readonly name: string;
}

/** One change of names, as the disk writes it down: whole or not at all. */
interface Change {
  /** Where `node` got a name; null: it lost one. */
  readonly to: Slot | null;
  /** Where it lost one; null: it is new there. */
  readonly from: Slot | null;
  readonly node: TreeNode;
  /** What had the name before. */
  readonly old: TreeNode | null;
}

/** How a disk loses: all of it, everything after some instant, or this and that. */
const WAYS = ["all", "the end", "some"] as const;

export class Unflushed {
  readonly #options: UnflushedOptions;
  /** Bytes on the disk of files that were written to since. */
  readonly #bytes = new Map<TreeNode, Uint8Array<ArrayBuffer>>();
  #changes: Change[] = [];

  constructor(options: UnflushedOptions) {
    this.#options = options;
  }

  wrote(node: TreeNode, before: Uint8Array<ArrayBuffer>): void {
    if (!this.#bytes.has(node)) this.#bytes.set(node, before);
  }

  named(change: Change): void {
    this.#changes.push(change);
  }

  /** Its bytes, or, of a folder, the names in it. */
  flush(node: TreeNode): void {
    this.#bytes.delete(node);
    if (node.kind === "folder") this.#settle((change) => isIn(change, node));
  }

  /** As after half a minute, or by `sync`; all disks, or that one. */
  flushAll(dev: number | null = null): void {
    for (const node of this.#bytes.keys()) {
      if (dev === null || node.dev === dev) this.#bytes.delete(node);
    }
    this.#changes = dev === null ? [] : this.#changes.filter((change) => deviceOf(change) !== dev);
  }

  /** Bytes and name would outlive a power cut. */
  isOnDisk(node: TreeNode): boolean {
    return !this.#bytes.has(node) &&
      !this.#changes.some((change) => change.to !== null && change.node === node);
  }

  /** Files with bytes or a name that a power cut may take. */
  *uncertain(): Generator<TreeNode> {
    yield* this.#bytes.keys();
    for (const { to, node } of this.#changes) if (to !== null) yield node;
  }

  get isEmpty(): boolean {
    return this.#bytes.size === 0 && this.#changes.length === 0;
  }

  /** The power of these disks is cut. */
  cut(dice: Dice, isCut: (dev: number) => boolean): void {
    const mine = this.#changes.filter((change) => isCut(deviceOf(change)));
    const lost = chosen(mine, dice);
    for (const change of mine.toReversed()) if (lost.has(change)) this.#takeBack(change);
    this.#changes = this.#changes.filter((change) => !mine.includes(change));
    for (const [node, before] of [...this.#bytes]) {
      if (!isCut(node.dev)) continue;
      this.#bytes.delete(node);
      this.#leave(node, torn(node.bytes, { before, dice }));
    }
  }

  /** A folder that is gone for good was empty for good. */
  #settle(isSettled: (change: Change) => boolean): void {
    const settled = this.#changes.filter(isSettled);
    if (settled.length === 0) return;
    const gone = new Set(settled.filter(({ to }) => to === null).map(({ node }) => node));
    this.#changes = this.#changes.filter((change) => !settled.includes(change));
    for (const node of gone) {
      if (node.kind === "folder") this.#settle((change) => isIn(change, node));
    }
  }

  #takeBack({ from, to, node, old }: Change): void {
    const had = to !== null && to.parent.children.get(to.name) === node;
    // Somebody did something else with the name since: that stays.
    if (to !== null && !had) return;
    if (from !== null && from.parent.children.has(from.name) && !isSlot(from, to)) return;
    if (to !== null) {
      to.parent.children.delete(to.name);
      if (old !== null) this.#hasName(old, to);
    }
    if (from === null) this.#hasNot(node);
    else if (to === null) this.#hasName(node, from);
    else from.parent.children.set(from.name, node);
  }

  #hasName(node: TreeNode, { parent, name }: Slot): void {
    parent.children.set(name, node);
    if (node.nlink++ > 0) return;
    if (node.kind === "file") this.#options.onBack(node);
  }

  #hasNot(node: TreeNode): void {
    if (--node.nlink > 0) return;
    if (node.kind === "file") this.#options.onBytes(node, null);
    for (const child of node.children.values()) this.#hasNot(child);
  }

  #leave(node: TreeNode, bytes: Uint8Array<ArrayBuffer>): void {
    if (node.nlink > 0) this.#options.onBytes(node, bytes);
    node.bytes = bytes;
  }
}

function isIn({ from, to }: Change, folder: TreeNode): boolean {
  return from?.parent === folder || to?.parent === folder;
}

function isSlot(one: Slot, other: Slot | null): boolean {
  return one.parent === other?.parent && one.name === other.name;
}

function deviceOf({ from, to }: Change): number {
  return (to ?? from)!.parent.dev;
}

/**
 * What is lost. With a folder that was never there goes what happened in it; a file that is in its folder
 * still has a folder.
 */
function chosen(changes: readonly Change[], dice: Dice): Set<Change> {
  const way = dice.of(WAYS);
  const end = dice.between(0, changes.length);
  const lost = new Set(
    changes.filter((_, i) =>
      way === "all" || way === "the end" && i >= end || way === "some" && dice.chance(0.5)
    ),
  );
  for (const [i, change] of changes.entries()) {
    for (const later of changes.slice(i + 1)) {
      const isInside = change.from === null && change.node.kind === "folder" &&
        isIn(later, change.node);
      const isGone = change.to === null && later.to === null && later.node.kind === "folder" &&
        isIn(change, later.node);
      if (lost.has(change) && (isInside || isGone)) lost.add(later);
    }
  }
  return lost;
}

/** The old bytes, some of the new ones, or zeros for all that a file was to be. */
function torn(
  bytes: Uint8Array<ArrayBuffer>,
  { before, dice }: { readonly before: Uint8Array<ArrayBuffer>; readonly dice: Dice },
): Uint8Array<ArrayBuffer> {
  const good = dice.between(0, bytes.length);
  switch (dice.of(["old", "kept", "cut", "zeros"] as const)) {
    case "old":
      return before;
    case "cut":
      return bytes.slice(0, good);
    case "zeros": {
      const holes = new Uint8Array(bytes.length);
      holes.set(bytes.subarray(0, good));
      return holes;
    }
    default:
      return bytes;
  }
}
