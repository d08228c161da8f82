/** One connection to a mounted base: a pool of threads, and the device the base was on. */
import { join } from "node:path";
import type { DiskPool, FarResults, FarWork, MountGuard } from "../../disk/mod.ts";
import { bounded, SilenceWatch } from "../bounded.ts";
import {
  type FarEntry,
  type FarFlush,
  type FarHashOutcome,
  type FarHashRequest,
  type FarSession,
  type FetchRequest,
  MAX_SMALL_FILE_BYTES,
  type NameHabits,
  type PushRequest,
} from "../contract.ts";
import { TransportError } from "../failure.ts";
import { farEntry } from "./list.ts";
import { flushMounted } from "./flush.ts";
import { hashMounted } from "./hash.ts";
import { asTransportError, mountFailure } from "./failure.ts";
import type { MountConnection } from "./connection.ts";
import { fetchFromMount } from "./fetch.ts";
import { pushOntoMount } from "./push.ts";

export interface MountSessionOptions {
  readonly address: string;
  readonly signal: AbortSignal;
  /** Disposed with the session. */
  readonly pool: DiskPool;
  readonly answerMs: number;
  readonly silenceMs: number;
}

export class MountSession implements FarSession, MountConnection {
  readonly verifiesInFlight = true;
  readonly base: string;
  readonly pool: DiskPool;
  readonly #silenceMs: number;
  readonly #answerMs: number;
  readonly #signal: AbortSignal;
  #guard: MountGuard | null = null;

  constructor(options: MountSessionOptions) {
    this.base = options.address;
    this.pool = options.pool;
    this.#silenceMs = options.silenceMs;
    this.#answerMs = options.answerMs;
    this.#signal = options.signal;
  }

  /** Remembers the base's device; a base that is not there yet is looked for again when needed. */
  async rememberDevice(): Promise<void> {
    const seen = await this.#look("");
    if (seen) this.#guard = { path: this.base, dev: seen.dev };
  }

  async check(): Promise<void> {
    const seen = await this.#look("");
    if (!seen) throw this.#noBase();
    const remembered = await this.guard();
    if (seen.dev !== remembered.dev) {
      throw new TransportError("destination_identity", `${this.base} is not what it was`, {
        why: "another file system is there now",
        hint: "Mount the share again; nothing was written.",
      });
    }
  }

  async createBase(): Promise<void> {
    await this.#far({ kind: "make_base", root: this.base });
    await this.rememberDevice();
  }

  async getFiles(
    farDir: string,
    names: readonly string[],
  ): Promise<Map<string, Uint8Array | null>> {
    const paths = names.map((name) => this.pathOf(farDir, name));
    const maxBytes = MAX_SMALL_FILE_BYTES;
    const guard = this.#guard;
    const contents = await this.#far({ kind: "read", root: this.base, guard, paths, maxBytes });
    return new Map(names.map((name, i) => [name, contents[i] ?? null]));
  }

  async putFiles(...[farDir, files, seen]: Parameters<FarSession["putFiles"]>): Promise<void> {
    const guard = await this.guard();
    const toWrite = Array.from(files, ([name, bytes]) => {
      const known = seen?.get(name);
      return {
        path: this.pathOf(farDir, name),
        bytes,
        known: known ? { ...known, aside: this.pathOf(known.aside) } : null,
      };
    });
    await this.#far({ kind: "write", root: this.base, guard, files: toWrite });
  }

  async setAside(farDir: string, names: readonly string[], intoDir: string): Promise<string[]> {
    const guard = await this.guard();
    const moves = names.map((name) => ({
      from: this.pathOf(farDir, name),
      to: this.pathOf(intoDir, name),
    }));
    const moved = await this.#far({ kind: "set_aside", root: this.base, guard, moves });
    return names.filter((_, i) => moved[i]);
  }

  async *list(farDir: string): AsyncGenerator<FarEntry> {
    const seen = await this.#look(farDir);
    if (!seen) return;
    using watch = new SilenceWatch(this.base, this.#silenceMs);
    const signal = AbortSignal.any([this.#signal, watch.signal]);
    try {
      for await (const batch of this.pool.walkTree(seen.realPath, { signal })) {
        watch.heard();
        for (const entry of batch) {
          const listed = farEntry(entry, join(this.base, farDir));
          if (listed) yield listed;
        }
      }
    } catch (error) {
      throw mountFailure(error);
    }
  }

  push(request: PushRequest): Promise<void> {
    return this.#longWork(
      request.signal,
      (signal, watch) => pushOntoMount(this, { request, signal, watch }),
    );
  }

  hash(request: FarHashRequest): Promise<FarHashOutcome> {
    return this.#longWork(
      request.signal,
      (signal, watch) => hashMounted(this, { request, signal, watch }),
    );
  }

  fetch(request: FetchRequest): Promise<void> {
    return this.#watched(
      request.signal,
      (signal, watch) => fetchFromMount(this, { request, signal, watch }),
    );
  }

  /**
   * Every copy is flushed before it counts; what a push that was killed named and did not flush is
   * in folders, and these are flushed here, with those above up to the base.
   */
  flush(farDir: string): Promise<FarFlush> {
    const flush = this.#flush;
    return this.#longWork(
      this.#signal,
      (signal, watch) => flushMounted(this, { farDir, signal, watch, flush }),
    );
  }

  async nameHabits(farDir: string): Promise<NameHabits> {
    const guard = await this.guard();
    const folder = this.pathOf(farDir);
    return await this.#far({ kind: "name_habits", root: this.base, guard, folder });
  }

  async removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    const guard = await this.guard();
    const folder = this.pathOf(farDir);
    await this.#far({ kind: "remove_probe", root: this.base, guard, folder, names });
  }

  async deviceOfBase(): Promise<number | null> {
    const seen = await this.#look("");
    if (!seen) throw this.#noBase();
    return seen.dev;
  }

  /** The guard has ended what ran; a thread that hangs goes with the pool. */
  [Symbol.asyncDispose](): Promise<void> {
    this.pool[Symbol.dispose]();
    return Promise.resolve();
  }

  async guard(): Promise<MountGuard> {
    if (!this.#guard) await this.rememberDevice();
    if (!this.#guard) throw this.#noBase();
    return this.#guard;
  }

  async lookAt(farDir: string): Promise<FarResults["look"]> {
    await this.guard();
    return await this.#look(farDir);
  }

  pathOf(farDir: string, name = ""): string {
    return join(this.base, farDir, name);
  }

  readonly #flush = (folders: readonly string[]) =>
    this.#far({ kind: "flush", root: this.base, folders });

  #look(farDir: string): Promise<FarResults["look"]> {
    return this.#far({ kind: "look", root: this.base, folder: this.pathOf(farDir) });
  }

  #far<Kind extends FarWork["kind"]>(
    work: Extract<FarWork, { readonly kind: Kind }>,
  ): Promise<FarResults[Kind]> {
    const options = { address: this.base, limitMs: this.#answerMs, signal: this.#signal };
    return asTransportError(bounded((signal) => this.pool.far<Kind>(work, { signal }), options));
  }

  #longWork<T>(
    asked: AbortSignal,
    work: (signal: AbortSignal, watch: SilenceWatch) => Promise<T>,
  ): Promise<T> {
    return asTransportError(this.#watched(asked, work));
  }

  /** Work that says itself whose failure is whose. */
  async #watched<T>(
    asked: AbortSignal,
    work: (signal: AbortSignal, watch: SilenceWatch) => Promise<T>,
  ): Promise<T> {
    using watch = new SilenceWatch(this.base, this.#silenceMs);
    const signal = AbortSignal.any([asked, this.#signal, watch.signal]);
    signal.throwIfAborted();
    return await work(signal, watch);
  }

  #noBase(): TransportError {
    return new TransportError("unreachable", `${this.base} is not there`, {
      why: "no folder has that name",
      hint: "Mount the share or connect the disk; what waits then goes on by itself.",
      path: this.base,
    });
  }
}
