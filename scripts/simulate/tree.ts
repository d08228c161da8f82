/**
 * A disk in memory: folders, files and links with the numbers and times a real one has, so that
 * everything that reads stats behaves as on a disk. Whoever changes bytes is told of (`onBytes`), so that
 * every copy of a content can be counted at every instant.
 */
import { systemError } from "./system_error.ts";
import type { Unflushed } from "./unflushed.ts";

export type NodeKind = "file" | "folder" | "link";

export interface TreeNode {
  readonly kind: NodeKind;
  readonly ino: number;
  /** The file system it is on. */
  dev: number;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly birthMs: number;
  nlink: number;
  /** Of a folder. */
  readonly children: Map<string, TreeNode>;
  /** Of a file. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Of a link. */
  readonly target: string;
}

export interface Found {
  readonly parent: TreeNode;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

export interface TreeOptions {
  /** What the disk's clock says, in milliseconds. */
  readonly now: () => number;
  /** Told before bytes change or a file loses its last name; `after` is null then. */
  readonly onBytes?: (node: TreeNode, after: Uint8Array | null) => void;
  /** Where changes that are not flushed yet are written down; null: they are on the disk at once. */
  readonly unflushed?: () => Unflushed | null;
}

const NOTHING = new Uint8Array(0);
const MOST_LINKS = 16;

export class Tree {
  readonly root: TreeNode;
  readonly #options: TreeOptions;
  #inodes = 1_000;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.root = this.make("folder", { dev: 1 });
  }

  make(
    kind: NodeKind,
    { dev, mode = kind === "folder" ? 0o755 : 0o644, target = "" }: {
      readonly dev: number;
      readonly mode?: number;
      readonly target?: string;
    },
  ): TreeNode {
    const now = this.#options.now();
    return {
      kind,
      ino: this.#inodes++,
      dev,
      mode,
      mtimeMs: now,
      ctimeMs: now,
      birthMs: now,
      nlink: 1,
      children: new Map(),
      bytes: NOTHING,
      target,
    };
  }

  /** Where a path leads; the last name may be free. `follow`: a link there is followed too. */
  find(path: string, { follow = false }: { readonly follow?: boolean } = {}): Found {
    return this.#walk(path, { follow, depth: 0 });
  }

  /** @throws ENOENT */
  at(path: string, options: { readonly follow?: boolean } = {}): TreeNode {
    const { node } = this.find(path, options);
    if (node) return node;
    throw systemError("ENOENT", path);
  }

  /** The path without links. */
  realPath(path: string): string {
    const parts: string[] = [];
    for (const name of namesOf(path)) {
      const here = `/${[...parts, name].join("/")}`;
      const node = this.at(here);
      if (node.kind !== "link") parts.push(name);
      else parts.splice(0, parts.length, ...namesOf(this.realPath(linked(here, node.target))));
    }
    return `/${parts.join("/")}`;
  }

  setBytes(node: TreeNode, bytes: Uint8Array<ArrayBuffer>): void {
    this.#options.onBytes?.(node, bytes);
    this.#options.unflushed?.()?.wrote(node, node.bytes);
    node.bytes = bytes;
    this.touch(node);
  }

  touch(node: TreeNode): void {
    node.mtimeMs = this.#options.now();
    node.ctimeMs = node.mtimeMs;
  }

  /** Gives `node` a name. What had it loses it. */
  put({ parent, name, node: old }: Found, node: TreeNode): void {
    if (old === node) return;
    this.#options.unflushed?.()?.named({
      from: null,
      to: { parent, name },
      node,
      old: old ?? null,
    });
    this.#set({ parent, name, node: old }, node);
  }

  #set({ parent, name, node: old }: Found, node: TreeNode): void {
    if (old) this.#lose({ parent, name, node: old });
    parent.children.set(name, node);
    this.touch(parent);
  }

  /** Takes a name away; a file that had no other is gone. */
  drop({ parent, name, node }: Found): void {
    if (node) {
      this.#options.unflushed?.()?.named({ from: { parent, name }, to: null, node, old: null });
    }
    this.#lose({ parent, name, node });
  }

  #lose({ parent, name, node }: Found): void {
    parent.children.delete(name);
    this.touch(parent);
    if (!node) return;
    node.nlink--;
    node.ctimeMs = this.#options.now();
    if (node.nlink === 0) this.#gone(node);
  }

  rename(from: Found, to: Found): void {
    if (!from.node) throw systemError("ENOENT", from.name);
    // Of two names of one file, as the system has it.
    if (from.node === to.node) return;
    const { node, parent, name } = from;
    const change = { from: { parent, name }, to, node, old: to.node ?? null };
    this.#options.unflushed?.()?.named(change);
    from.parent.children.delete(from.name);
    this.touch(from.parent);
    from.node.ctimeMs = this.#options.now();
    this.#set(to, from.node);
  }

  #gone(node: TreeNode): void {
    if (node.kind === "file") this.#options.onBytes?.(node, null);
    for (const child of node.children.values()) {
      child.nlink--;
      if (child.nlink === 0) this.#gone(child);
    }
  }

  #walk(path: string, { follow, depth }: { follow: boolean; depth: number }): Found {
    if (depth > MOST_LINKS) throw systemError("ELOOP", path);
    const names = namesOf(path);
    const last = names.at(-1);
    if (last === undefined) return { parent: this.root, name: "", node: this.root };
    let folder = this.root;
    for (let i = 0; i < names.length - 1; i++) {
      let next = folder.children.get(names[i]!);
      if (next?.kind === "link") {
        const at = `/${names.slice(0, i + 1).join("/")}`;
        next = this.#walk(linked(at, next.target), { follow: true, depth: depth + 1 }).node;
      }
      if (!next) throw systemError("ENOENT", path);
      if (next.kind !== "folder") throw systemError("ENOTDIR", path);
      folder = next;
    }
    const node = folder.children.get(last);
    if (!follow || node?.kind !== "link") return { parent: folder, name: last, node };
    return this.#walk(linked(`/${names.join("/")}`, node.target), { follow, depth: depth + 1 });
  }
}

/** Every file below a folder, with its path relative to it. */
export function* filesBelow(
  folder: TreeNode,
  prefix = "",
): Generator<{ readonly path: string; readonly node: TreeNode }> {
  for (const [name, node] of folder.children) {
    if (node.kind === "folder") yield* filesBelow(node, `${prefix}${name}/`);
    else yield { path: prefix + name, node };
  }
}

/** Paths are asked for again and again. */
const known = new Map<string, readonly string[]>();
const MOST_KNOWN = 5_000;

export function namesOf(path: string): readonly string[] {
  let names = known.get(path);
  if (names === undefined) {
    if (known.size === MOST_KNOWN) known.clear();
    known.set(path, names = split(path));
  }
  return names;
}

function split(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

function linked(at: string, target: string): string {
  return target.startsWith("/") ? target : `${at.slice(0, at.lastIndexOf("/"))}/${target}`;
}
