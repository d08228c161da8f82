/** One push to the NAS in memory: file by file, in pieces, under a name only when it is whole. */
import { errnoOf } from "../../lib/disk/mod.ts";
import { type FileToSend, type PushRequest, TransportError } from "../../lib/transports/mod.ts";
import {
  flushPaths,
  foldersAbove,
  isPart,
  joined,
  makeParents,
  nodeOrNull,
  partName,
  sha256Of,
  taken,
} from "./far_disk.ts";
import type { LocalDisk } from "./local_disk.ts";

export interface FarPushOptions {
  readonly request: PushRequest;
  readonly disk: LocalDisk;
  readonly base: string;
  readonly onCall: (op: string) => void;
  readonly onWritten: (path: string, bytes: Uint8Array) => void;
  /** The bytes' hash is given to `onSourceHash`. */
  readonly hashesSource: boolean;
  readonly overwrites: boolean;
  /** A name is taken in one step that fails where it is taken already. */
  readonly namesExclusively: boolean;
  readonly flushesAtOnce: boolean;
}

/** Of a large file; small ones go in two. */
const PIECE_BYTES = 1_000_000;

export class FarPush {
  readonly #options: FarPushOptions;
  #bytes = 0;
  #files = 0;

  constructor(options: FarPushOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { request } = this.#options;
    for await (const file of request.files) {
      request.signal.throwIfAborted();
      await this.#send(file);
      this.#files++;
      this.#tell(file.path);
    }
    for await (const dir of request.emptyDirs ?? []) {
      this.#makeWay(dir);
      const place = this.#place(dir);
      if (nodeOrNull(this.#options.disk, place)?.kind === "folder") continue;
      if (nodeOrNull(this.#options.disk, place)) this.#setAside(dir);
      this.#options.disk.mkdir(place);
    }
    this.#tell(null);
  }

  async #send(file: FileToSend): Promise<void> {
    const { disk, request, onCall, onWritten, hashesSource, flushesAtOnce } = this.#options;
    const bytes = this.#source(file);
    onCall("push a file");
    this.#makeWay(file.path);
    const place = this.#place(file.path);
    const there = nodeOrNull(disk, place);
    if (there?.kind === "link") throw taken(place);
    if (there?.kind === "file" && this.#isEqual(file, { there, bytes })) {
      this.#bytes += bytes.length;
      return;
    }
    const folder = place.slice(0, place.lastIndexOf("/"));
    for (const { name } of disk.readDir(folder)) {
      if (isPart(name)) disk.remove(`${folder}/${name}`);
    }
    const part = `${folder}/${partName()}`;
    try {
      await this.#writePieces(part, { file, bytes });
    } catch (error) {
      if (request.signal.aborted && nodeOrNull(disk, part)) disk.remove(part);
      throw error;
    }
    disk.utime(part, new Date(file.mtimeMs));
    if (flushesAtOnce) flushPaths(disk, [part]);
    this.#takeName(part, file.path);
    if (flushesAtOnce) flushPaths(disk, foldersAbove(place, this.#options.base));
    onWritten(this.#below(file.path), bytes);
    request.onArrived?.(file.path, { isFlushed: flushesAtOnce });
    if (hashesSource) request.onSourceHash?.(file.path, sha256Of(bytes));
  }

  /** Where a name can be taken only while it is free, whoever took it meanwhile is moved aside as well. */
  #takeName(part: string, path: string): void {
    const { disk, overwrites, namesExclusively } = this.#options;
    const place = this.#place(path);
    while (true) {
      if (nodeOrNull(disk, place) && !overwrites) this.#setAside(path);
      try {
        return disk.rename(part, place, { onlyFree: namesExclusively && !overwrites });
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw error;
      }
    }
  }

  async #writePieces(
    part: string,
    { file, bytes }: { readonly file: FileToSend; readonly bytes: Uint8Array },
  ): Promise<void> {
    const { disk, request } = this.#options;
    const piece = bytes.length > PIECE_BYTES ? PIECE_BYTES : Math.max(1, bytes.length >> 1);
    using to = disk.open(part, { write: true, create: true });
    for (let at = 0; at < bytes.length; at += piece) {
      request.signal.throwIfAborted();
      this.#bytes += to.writeSync(bytes.subarray(at, at + piece));
      this.#tell(file.path);
      await (bytes.length > PIECE_BYTES ? new Promise((go) => setTimeout(go, 0)) : null);
    }
    request.signal.throwIfAborted();
  }

  /** @throws TransportError `source_vanished`, `source_changed` */
  #source({ path, sizeBytes }: FileToSend): Uint8Array {
    const place = `${this.#options.request.sourceDir}/${path}`;
    try {
      const bytes = Deno.readFileSync(place);
      if (bytes.length === sizeBytes) return bytes;
    } catch (error) {
      if (!["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) throw error;
      throw new TransportError("source_vanished", "a file of the list is gone", { path: place });
    }
    throw new TransportError("source_changed", "a file has another size", { path: place });
  }

  #isEqual(
    file: FileToSend,
    { there, bytes }: {
      readonly there: { readonly bytes: Uint8Array; readonly mtimeMs: number };
      readonly bytes: Uint8Array;
    },
  ): boolean {
    if (there.bytes.length !== file.sizeBytes) return false;
    if (this.#options.request.resend) return sha256Of(there.bytes) === sha256Of(bytes);
    return Math.abs(there.mtimeMs - file.mtimeMs) < 1;
  }

  /** What stands where a folder has to be is moved aside; a link is nobody's to move. */
  #makeWay(path: string): void {
    const { disk, base, request } = this.#options;
    const names = path.split("/");
    for (let i = 1; i < names.length; i++) {
      const above = names.slice(0, i).join("/");
      const node = nodeOrNull(disk, this.#place(above));
      if (node?.kind === "link") throw taken(above);
      if (node?.kind === "file") this.#setAside(above);
    }
    makeParents(disk, { base, path: joined(request.farDir, path) });
  }

  #setAside(path: string): void {
    const { disk, base, request, flushesAtOnce } = this.#options;
    const node = nodeOrNull(disk, this.#place(path));
    if (node?.kind === "link") throw taken(path);
    const into = makeParents(disk, { base, path: `${request.supersedeInto}/${path}` });
    if (nodeOrNull(disk, into)) throw taken(into);
    const above = foldersAbove(into, base);
    if (flushesAtOnce) flushPaths(disk, above);
    disk.rename(this.#place(path), into);
    if (flushesAtOnce) flushPaths(disk, above);
    request.onSetAside?.(path);
  }

  #below(path: string): string {
    return joined(this.#options.request.farDir, path);
  }

  #place(path: string): string {
    return `${this.#options.base}/${this.#below(path)}`;
  }

  #tell(path: string | null): void {
    this.#options.request.onProgress?.({
      bytesDone: this.#bytes,
      filesDone: this.#files,
      currentPath: path,
    });
  }
}
