/** An open file of the disk in memory, with what the product asks of one. */
import type { LocalDisk } from "./local_disk.ts";
import { systemError } from "./system_error.ts";
import type { TreeNode } from "./tree.ts";

export interface OpenMode {
  /** Under which name it was opened. */
  readonly path: string;
  readonly write: boolean;
  readonly append: boolean;
  /** The process that opened it; with it it is closed. */
  readonly owner: object | null;
}

/** Stands for a `Deno.FsFile`; only what labferry calls is there. */
export class OpenFile {
  #at = 0;
  #isOpen = true;

  constructor(
    private readonly disk: LocalDisk,
    readonly node: TreeNode,
    private readonly mode: OpenMode,
  ) {}

  get owner(): object | null {
    return this.mode.owner;
  }

  readSync(into: Uint8Array): number | null {
    const rest = this.node.bytes.subarray(this.#at);
    if (rest.length === 0 && into.length > 0) {
      this.disk.wasRead(this.node);
      return null;
    }
    const bytes = rest.subarray(0, into.length);
    into.set(bytes);
    this.#at += bytes.length;
    return bytes.length;
  }

  read(into: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.readSync(into));
  }

  writeSync(bytes: Uint8Array): number {
    if (!this.mode.write) throw systemError("EINVAL", "a file that is open to read");
    this.disk.effect("write", () => {
      if (this.mode.append) this.#at = this.node.bytes.length;
      const size = Math.max(this.node.bytes.length, this.#at + bytes.length);
      const next = new Uint8Array(size);
      next.set(this.node.bytes);
      next.set(bytes, this.#at);
      this.disk.tree.setBytes(this.node, next);
    }, this.mode.path);
    this.#at += bytes.length;
    return bytes.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await Promise.resolve(this.writeSync(bytes));
  }

  seekSync(offset: number, whence: number): number {
    const from = [0, this.#at, this.node.bytes.length][whence] ?? 0;
    return this.#at = from + offset;
  }

  seek(offset: number, whence: number): Promise<number> {
    return Promise.resolve(this.seekSync(offset, whence));
  }

  truncateSync(length = 0): void {
    this.disk.effect("truncate", () => {
      const next = new Uint8Array(length);
      next.set(this.node.bytes.subarray(0, length));
      this.disk.tree.setBytes(this.node, next);
    }, this.mode.path);
  }

  truncate(length = 0): Promise<void> {
    return Promise.resolve(this.truncateSync(length));
  }

  statSync(): Deno.FileInfo {
    return this.disk.infoOf(this.node);
  }

  stat(): Promise<Deno.FileInfo> {
    return Promise.resolve(this.statSync());
  }

  syncSync(): void {
    this.disk.effect("flush", () => this.disk.unflushed.flush(this.node), this.mode.path);
  }

  async sync(): Promise<void> {
    await Promise.resolve(this.syncSync());
  }

  utimeSync(_atime: number | Date, mtime: number | Date): void {
    this.disk.utime(this.mode.path, mtime);
  }

  tryLockSync(exclusive = false): boolean {
    return this.disk.locks.tryLock(this, exclusive);
  }

  unlockSync(): void {
    this.disk.locks.unlock(this);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.disk.locks.unlock(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Advisory locks of whole files, as flock(2) gives them. */
export class FileLocks {
  readonly #held = new Map<number, Map<OpenFile, boolean>>();

  tryLock(file: OpenFile, exclusive: boolean): boolean {
    const holders = this.#held.get(file.node.ino) ?? new Map<OpenFile, boolean>();
    for (const [other, isExclusive] of holders) {
      if (other !== file && (exclusive || isExclusive)) return false;
    }
    holders.set(file, exclusive);
    this.#held.set(file.node.ino, holders);
    return true;
  }

  unlock(file: OpenFile): void {
    this.#held.get(file.node.ino)?.delete(file);
  }

  /** Their holder died. */
  forget(owner: object): void {
    for (const holders of this.#held.values()) {
      for (const file of [...holders.keys()]) if (file.owner === owner) holders.delete(file);
    }
  }
}
