/** One connection to the NAS in memory. */
import { equalBytes } from "../../lib/base/mod.ts";
import { errnoOf } from "../../lib/disk/mod.ts";
import {
  type FarEntry,
  type FarFlush,
  type FarHashOutcome,
  type FarHashRequest,
  type FarSession,
  type FetchRequest,
  IDENTITY_FILE,
  type NameHabits,
  type PushRequest,
  type SeenFile,
  TransportError,
} from "../../lib/transports/mod.ts";
import {
  connectionLost,
  entriesBelow,
  farError,
  flushPaths,
  foldersAbove,
  joined,
  makeParents,
  nodeOrNull,
  partName,
  sha256Of,
  standingOf,
  taken,
} from "./far_disk.ts";
import { FarFetch } from "./far_fetch.ts";
import { FarPush } from "./far_push.ts";
import type { FarSide, FarSideOptions } from "./far_side.ts";
import type { TreeNode } from "./tree.ts";

export interface SessionOptions extends FarSideOptions {
  readonly session: number;
  readonly signal: AbortSignal;
}

export class SimSession implements FarSession {
  readonly verifiesInFlight: boolean;
  readonly #restarts: number;

  constructor(private readonly side: FarSide, private readonly options: SessionOptions) {
    this.#restarts = side.restarts;
    this.verifiesInFlight = options.habits.hashesThere;
  }

  async check(): Promise<void> {
    await this.#call("check");
    this.#base();
  }

  async createBase(): Promise<void> {
    await this.#call("createBase");
    this.options.disk.mkdir(this.options.base, { recursive: true });
  }

  async getFiles(
    farDir: string,
    names: readonly string[],
  ): Promise<Map<string, Uint8Array | null>> {
    await this.#call("getFiles");
    const { pretended } = this.side;
    if (pretended && names.includes(IDENTITY_FILE)) return new Map([[IDENTITY_FILE, pretended]]);
    this.#base();
    return new Map(names.map((name) => {
      const node = this.#fileAt(joined(farDir, name));
      return [name, node ? node.bytes.slice() : null];
    }));
  }

  async putFiles(...[farDir, files, seen]: Parameters<FarSession["putFiles"]>): Promise<void> {
    await this.#call("putFiles");
    this.#base();
    for (const [name, bytes] of files) {
      const path = joined(farDir, name);
      this.#written(() => {
        const place = this.#makeParents(path);
        const temp = `${place.slice(0, place.lastIndexOf("/"))}/${partName()}`;
        this.options.disk.writeFile(temp, bytes);
        this.#flushed(temp);
        const known = this.options.habits.namesExclusively ? seen?.get(name) : undefined;
        if (!known) this.options.disk.rename(temp, place);
        else while (!this.#isPut({ temp, place, known }));
        this.#flushed(...foldersAbove(place, this.options.base));
      });
      this.options.watch.onWritten(path, bytes);
    }
  }

  /** As a mount does it (`lib/disk/replace_known.ts`); false when something else made way first. */
  #isPut({ temp, place, known }: {
    readonly temp: string;
    readonly place: string;
    readonly known: SeenFile;
  }): boolean {
    const { disk } = this.options;
    const holds = (node: TreeNode) => known.bytes !== null && equalBytes(node.bytes, known.bytes);
    try {
      const old = nodeOrNull(disk, place);
      if (old === null) {
        disk.rename(temp, place, { onlyFree: true });
        return true;
      }
      const kept = `${place.slice(0, place.lastIndexOf("/"))}/${partName()}`;
      disk.link(place, kept);
      const isKnown = holds(old);
      if (isKnown) disk.rename(temp, place);
      if (holds(old)) disk.remove(kept);
      else disk.rename(kept, this.#makeParents(known.aside));
      if (!isKnown) disk.remove(place);
      return isKnown;
    } catch (error) {
      if (!["EEXIST", "ENOENT"].includes(errnoOf(error) ?? "")) throw error;
      return false;
    }
  }

  async setAside(
    farDir: string,
    names: readonly string[],
    intoDir: string,
  ): Promise<readonly string[]> {
    await this.#call("setAside");
    this.#base();
    const { disk } = this.options;
    const moved: string[] = [];
    for (const name of names) {
      const from = joined(farDir, name);
      if (!this.#nodeAt(from)) continue;
      if (this.#nodeAt(joined(intoDir, name))) throw taken(joined(intoDir, name));
      if (this.options.overwrites) disk.remove(this.#at(from), { recursive: true });
      else {
        this.#written(() => {
          const into = this.#makeParents(joined(intoDir, name));
          this.#flushed(...foldersAbove(into, this.options.base));
          disk.rename(this.#at(from), into);
          this.#flushed(...foldersAbove(into, this.options.base));
        });
      }
      moved.push(name);
    }
    return moved;
  }

  async *list(farDir: string): AsyncGenerator<FarEntry> {
    await this.#call("list");
    this.#base();
    const node = this.#nodeAt(farDir);
    if (node?.kind !== "folder") return;
    for (const entry of entriesBelow(node, "")) {
      this.options.signal.throwIfAborted();
      yield entry;
    }
  }

  async push(request: PushRequest): Promise<void> {
    await this.#call("push");
    this.#base();
    const { disk, base, watch, signal } = this.options;
    this.side.toldUploadMbps = request.uploadMbps;
    const push = new FarPush({
      request: Object.create(request, {
        signal: { value: AbortSignal.any([request.signal, signal]) },
      }) as PushRequest,
      disk,
      base,
      onCall: (op) => this.#alive(() => watch.onCall(op)),
      onWritten: watch.onWritten,
      flushesAtOnce: this.options.habits.flushesAtOnce,
      hashesSource: this.options.habits.hashesWhileSending,
      overwrites: this.options.overwrites ?? false,
      namesExclusively: this.options.habits.namesExclusively,
    });
    await this.#mapped(() => push.run());
  }

  async hash(request: FarHashRequest): Promise<FarHashOutcome> {
    await this.#call("hash");
    this.#base();
    const { habits, session, watch, signal } = this.options;
    const { answersFromMemory = !habits.hashesThere } = this.options;
    for await (const { path } of request.files) {
      signal.throwIfAborted();
      request.signal.throwIfAborted();
      this.#alive(() => watch.onCall("hash a file"));
      this.#base();
      const far = joined(request.farDir, path);
      const node = this.#fileAt(far);
      const really = node ? sha256Of(node.bytes) : null;
      const memory = node && answersFromMemory ? watch.remembered(far) : null;
      const told = memory ? sha256Of(memory) : really;
      watch.onHashed(session, { path: far, told, really });
      request.onHash(path, told, node ? standingOf(node) : undefined);
    }
    return habits.hashesThere
      ? { strength: "remote_computed", notes: [], isFromThere: true }
      : { strength: "read_back", notes: ["may have come from cache"], isFromThere: false };
  }

  async fetch(request: FetchRequest): Promise<void> {
    await this.#call("fetch");
    this.#base();
    this.side.toldUploadMbps = request.downloadMbps;
    await new FarFetch({
      request,
      signal: AbortSignal.any([request.signal, this.options.signal]),
      bytesOf: (path) => {
        this.#alive(() => this.options.watch.onCall("fetch a file"));
        this.#base();
        return this.#fileAt(joined(request.farDir, path))?.bytes.slice() ?? null;
      },
    }).run();
  }

  async flush(): Promise<FarFlush> {
    await this.#call("flush");
    const { dev } = this.#base();
    if (!this.options.flushesNothing) this.options.disk.unflushed.flushAll(dev);
    return { flushed: true, note: null };
  }

  async nameHabits(): Promise<NameHabits> {
    await this.#call("nameHabits");
    this.#base();
    return { foldsCase: false, normalises: false };
  }

  removeProbe(_farDir: string, _names: readonly string[]): Promise<void> {
    return Promise.reject(new TransportError("unknown", "no life sends a probe"));
  }

  async deviceOfBase(): Promise<number | null> {
    await this.#call("deviceOfBase");
    return this.#base().dev;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #call(op: string): Promise<void> {
    await Promise.resolve();
    this.options.signal.throwIfAborted();
    this.#alive(() => this.options.watch.onCall(op));
  }

  /** What is told of a call may be that the NAS starts again. */
  #alive(tell: () => void): void {
    tell();
    if (this.#restarts !== this.side.restarts) throw connectionLost();
  }

  /** In the order of the paths. */
  #flushed(...paths: readonly string[]): void {
    if (this.options.habits.flushesAtOnce) flushPaths(this.options.disk, paths);
  }

  #base(): TreeNode {
    const node = nodeOrNull(this.options.disk, this.options.base);
    if (node?.kind === "folder") return node;
    throw new TransportError("unreachable", "the base is not there", { path: this.options.base });
  }

  #at(path: string): string {
    return path === "" ? this.options.base : `${this.options.base}/${path}`;
  }

  /** Null too for what is behind a link. */
  #nodeAt(path: string): TreeNode | null {
    let node: TreeNode | undefined = this.#base();
    for (const name of path === "" ? [] : path.split("/")) {
      if (node?.kind !== "folder") return null;
      node = node.children.get(name);
    }
    return node ?? null;
  }

  #fileAt(path: string): TreeNode | null {
    const node = this.#nodeAt(path);
    return node?.kind === "file" ? node : null;
  }

  #makeParents(path: string): string {
    return makeParents(this.options.disk, { base: this.options.base, path });
  }

  #written(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw farError(error);
    }
  }

  async #mapped(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw farError(error);
    }
  }
}
