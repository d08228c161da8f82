/**
 * The disk in memory, where the product looks for it: below `/sim` the runtime's own file functions
 * answer from a tree. Everything else goes to the real disk. One life at a time has the process's
 * files; nothing in it is asynchronous in earnest, so that a seed always gives the same life.
 */
import { FileLocks, OpenFile } from "./open_file.ts";
import { systemError } from "./system_error.ts";
import { type Found, namesOf, Tree, type TreeNode } from "./tree.ts";
import { Unflushed } from "./unflushed.ts";

export const SIM = "/sim";
const [UID, GID] = [Deno.uid(), Deno.gid()];
/** As it is before the life's time is put in its place: a proxy costs, and four are made for each stat. */
const PlainDate = globalThis.Date;

export interface DiskWatch {
  readonly now: () => number;
  /** Before something is changed; what it throws the changer gets, and nothing was changed. */
  readonly onEffect: (what: string, path: string) => void;
  /** Before bytes change, or are gone with their file's last name (`after` null). */
  readonly onBytes: (node: TreeNode, after: Uint8Array | null) => void;
  /** Before a name is taken away. */
  readonly onRemove: (path: string, node: TreeNode) => void;
  /** A file was read to its end. */
  readonly onRead: (node: TreeNode) => void;
  /** A power cut brought a file back that was gone. */
  readonly onBack?: (node: TreeNode) => void;
  /** Who opens a file now, and whose changes a power cut may take; null: nobody whose are. */
  readonly owner?: () => object | null;
  /** Sabotage: what a reader gets of a file's bytes. */
  readonly seenAs?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

export class LocalDisk {
  readonly tree: Tree;
  readonly locks = new FileLocks();
  readonly #watch: DiskWatch;
  readonly unflushed: Unflushed;
  #temps = 0;

  constructor(watch: DiskWatch) {
    this.#watch = watch;
    const { onBytes, onBack = () => {}, owner = () => null } = watch;
    this.unflushed = new Unflushed({ onBytes, onBack });
    this.tree = new Tree({
      ...watch,
      unflushed: () => owner() === null ? null : this.unflushed,
    });
    this.tree.put(this.tree.find(SIM), this.tree.make("folder", { dev: 1 }));
  }

  /** What is told of it may change the disk first: `act` looks at the place anew, as the system does. */
  effect<T>(what: string, act: () => T, path: string): T {
    this.#watch.onEffect(what, path);
    return act();
  }

  wasRead(node: TreeNode): void {
    this.#watch.onRead(node);
  }

  infoOf(node: TreeNode): Deno.FileInfo {
    const { kind, bytes, mtimeMs, ctimeMs, birthMs, ino, dev, mode, nlink } = node;
    const size = kind === "file" ? bytes.length : 4096;
    return {
      isFile: kind === "file",
      isDirectory: kind === "folder",
      isSymlink: kind === "link",
      size,
      mtime: new PlainDate(mtimeMs),
      atime: new PlainDate(mtimeMs),
      birthtime: new PlainDate(birthMs),
      ctime: new PlainDate(ctimeMs),
      dev,
      ino,
      mode,
      nlink,
      uid: UID,
      gid: GID,
      rdev: 0,
      blksize: 4096,
      blocks: Math.ceil(size / 512),
      isBlockDevice: false,
      isCharDevice: false,
      isFifo: false,
      isSocket: false,
    };
  }

  stat(path: string): Deno.FileInfo {
    return this.infoOf(this.tree.at(path, { follow: true }));
  }

  lstat(path: string): Deno.FileInfo {
    return this.infoOf(this.tree.at(path));
  }

  realPath(path: string): string {
    return this.tree.realPath(path);
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    const node = this.tree.at(path, { follow: true });
    if (node.kind !== "file") throw systemError("EISDIR", path);
    this.wasRead(node);
    return this.#watch.seenAs?.(node.bytes) ?? node.bytes.slice();
  }

  writeFile(path: string, bytes: Uint8Array, options: Deno.WriteFileOptions = {}): void {
    using file = this.open(path, {
      write: true,
      create: options.create ?? true,
      createNew: options.createNew ?? false,
      append: options.append ?? false,
      truncate: !options.append,
    });
    if (bytes.length > 0) file.writeSync(bytes);
  }

  open(path: string, options: Deno.OpenOptions = {}): OpenFile {
    const { write = false, append = false, create = false, createNew = false } = options;
    const find = () => {
      const found = this.tree.find(path, { follow: !createNew });
      if (found.node && createNew) throw systemError("EEXIST", path);
      return found;
    };
    let { node } = find();
    if (!node) {
      if (!create && !createNew) throw systemError("ENOENT", path);
      node = this.effect("make", () => {
        const found = find();
        if (found.node) return found.node;
        const made = this.tree.make("file", { dev: found.parent.dev });
        if (options.mode !== undefined) made.mode = options.mode & ~0o022;
        this.tree.put(found, made);
        return made;
      }, path);
    }
    if (node.kind === "folder" && (write || append)) throw systemError("EISDIR", path);
    const file = new OpenFile(this, node, {
      path,
      write: write || append,
      append,
      owner: this.#watch.owner?.() ?? null,
    });
    if (options.truncate && node.bytes.length > 0) file.truncateSync(0);
    return file;
  }

  mkdir(path: string, { recursive = false, mode = 0o755 }: Deno.MkdirOptions = {}): void {
    const names = namesOf(path);
    for (let i = recursive ? 1 : names.length; i <= names.length; i++) {
      const at = `/${names.slice(0, i).join("/")}`;
      const free = () => {
        const found = this.tree.find(at, { follow: recursive });
        if (found.node?.kind === "folder" && recursive) return null;
        if (found.node) throw systemError("EEXIST", path);
        return found;
      };
      if (free() === null) continue;
      this.effect("mkdir", () => {
        const found = free();
        if (found) this.tree.put(found, this.tree.make("folder", { dev: found.parent.dev, mode }));
      }, at);
    }
  }

  remove(path: string, { recursive = false }: Deno.RemoveOptions = {}): void {
    const node = this.tree.at(path);
    if (node.kind === "folder" && recursive) {
      for (const name of [...node.children.keys()]) this.remove(`${path}/${name}`, { recursive });
    }
    const find = () => {
      const found = this.tree.find(path);
      if (!found.node) throw systemError("ENOENT", path);
      if (found.node.children.size > 0) throw systemError("ENOTEMPTY", path);
      return { found, node: found.node };
    };
    find();
    this.effect("remove", () => {
      const { found, node } = find();
      this.#watch.onRemove(path, node);
      this.tree.drop(found);
    }, path);
  }

  /** `onlyFree`: fails where the name is taken, as a link does, or a rename that is asked not to replace. */
  rename(
    from: string,
    to: string,
    { onlyFree = false }: { readonly onlyFree?: boolean } = {},
  ): void {
    const find = () => {
      const source = this.tree.find(from);
      if (!source.node) throw systemError("ENOENT", from);
      const target = this.tree.find(to);
      if (target.node && onlyFree) throw systemError("EEXIST", to);
      if (target.node && target.node.children.size > 0) throw systemError("ENOTEMPTY", to);
      return { source, target };
    };
    find();
    this.effect("rename", () => {
      const { source, target } = find();
      this.tree.rename(source, target);
    }, to);
  }

  link(from: string, to: string): void {
    const find = () => {
      const node = this.tree.at(from);
      const target = this.tree.find(to);
      if (target.node) throw systemError("EEXIST", to);
      return { node, target };
    };
    find();
    this.effect("link", () => {
      const { node, target } = find();
      node.nlink++;
      this.tree.put(target, node);
    }, to);
  }

  symlink(to: string, path: string): void {
    const find = () => {
      const found = this.tree.find(path);
      if (found.node) throw systemError("EEXIST", path);
      return found;
    };
    find();
    this.effect("symlink", () => {
      const found = find();
      this.tree.put(found, this.tree.make("link", { dev: found.parent.dev, target: to }));
    }, path);
  }

  readLink(path: string): string {
    const node = this.tree.at(path);
    if (node.kind !== "link") throw systemError("EINVAL", path);
    return node.target;
  }

  readDir(path: string): Deno.DirEntry[] {
    const node = this.tree.at(path, { follow: true });
    if (node.kind !== "folder") throw systemError("ENOTDIR", path);
    return Array.from(node.children, ([name, { kind }]) => ({
      name,
      isFile: kind === "file",
      isDirectory: kind === "folder",
      isSymlink: kind === "link",
    }));
  }

  utime(path: string, mtime: number | Date): void {
    const node = this.tree.at(path, { follow: true });
    this.effect("utime", () => {
      node.mtimeMs = mtime instanceof Date ? mtime.getTime() : Math.round(mtime * 1000);
    }, path);
  }

  makeTempDir({ dir = SIM, prefix = "" }: Deno.MakeTempOptions = {}): string {
    const path = `${dir}/${prefix}${(this.#temps++).toString(36)}`;
    this.mkdir(path, { mode: 0o700 });
    return path;
  }

  find(path: string): Found {
    return this.tree.find(path);
  }
}
