/**
 * What every session does before and around its work, once for all of them: far paths are looked at,
 * names that would not arrive byte for byte are refused before anything is sent, and what is under
 * way is known, so that the end of the session is the end of all of it.
 */
import type {
  ConnectOptions,
  FarEntry,
  FarFlush,
  FarHashOutcome,
  FarHashRequest,
  FarSession,
  FetchRequest,
  NameHabits,
  PushRequest,
  Transport,
} from "./contract.ts";
import { TransportError } from "./failure.ts";
import { isProbeFolder } from "./probe.ts";
import { requireBelow } from "./tool/far_path.ts";

export interface Guard {
  readonly transport: Pick<Transport, "address" | "refusalOfName">;
  readonly options: ConnectOptions;
  /** Longest wait at the end, for threads that may hang; @default null, until all has ended */
  readonly windDownMs?: number | null;
}

/** As the concrete session gets them: the signal ends with the guard. */
export interface GuardedOptions extends ConnectOptions {
  /** Waits for this too at the end: a child process that nobody may be waiting for by then. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

export async function guardedSession(
  { transport, options, windDownMs = null }: Guard,
  open: (options: GuardedOptions) => Promise<FarSession>,
): Promise<FarSession> {
  const underWay = new UnderWay(options.signal, windDownMs);
  const { signal, track } = underWay;
  try {
    return new GuardedSession(await open({ ...options, signal, track }), { transport, underWay });
  } catch (error) {
    await underWay.end();
    throw error;
  }
}

/** What was begun and has not ended, and the signal that ends it. */
class UnderWay {
  readonly signal: AbortSignal;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #windDownMs: number | null;

  constructor(signal: AbortSignal, windDownMs: number | null) {
    this.signal = AbortSignal.any([signal, this.#closing.signal]);
    this.#windDownMs = windDownMs;
  }

  readonly track = async <T>(work: Promise<T>): Promise<T> => {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  };

  async end(): Promise<void> {
    this.#closing.abort(new DOMException("the session was closed", "AbortError"));
    const ended = this.#settled();
    if (this.#windDownMs === null) return await ended;
    const { promise: bound, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#windDownMs);
    await Promise.race([ended, bound]);
    clearTimeout(timer);
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}

class GuardedSession implements FarSession {
  readonly #session: FarSession;
  readonly #transport: Guard["transport"];
  readonly #underWay: UnderWay;
  /** `<probe>/<name>` of all that went into a probe over this connection: only that may be removed. */
  readonly #inProbes = new Set<string>();

  constructor(
    session: FarSession,
    { transport, underWay }: Pick<Guard, "transport"> & { readonly underWay: UnderWay },
  ) {
    this.#session = session;
    this.#transport = transport;
    this.#underWay = underWay;
  }

  get verifiesInFlight(): boolean {
    return this.#session.verifiesInFlight;
  }

  check(): Promise<void> {
    return this.#underWay.track(this.#session.check());
  }

  createBase(): Promise<void> {
    return this.#underWay.track(this.#session.createBase());
  }

  async getFiles(
    farDir: string,
    names: readonly string[],
  ): Promise<Map<string, Uint8Array | null>> {
    requireFarPaths([farDir, ...names]);
    return await this.#underWay.track(this.#session.getFiles(farDir, names));
  }

  async putFiles(...[farDir, files, seen]: Parameters<FarSession["putFiles"]>): Promise<void> {
    requireFarPaths([farDir, ...Array.from(seen?.values() ?? [], ({ aside }) => aside)]);
    this.#requireCarried(files.keys());
    this.#keepProbe(farDir, files.keys());
    await this.#underWay.track(this.#session.putFiles(farDir, files, seen));
  }

  async setAside(
    ...[farDir, names, intoDir]: Parameters<FarSession["setAside"]>
  ): Promise<readonly string[]> {
    requireFarPaths([farDir, intoDir, ...names]);
    if (names.length === 0) return [];
    return await this.#underWay.track(this.#session.setAside(farDir, names, intoDir));
  }

  list(farDir: string): AsyncIterable<FarEntry> {
    requireFarPaths([farDir]);
    return this.#session.list(farDir);
  }

  async push(request: PushRequest): Promise<void> {
    request.signal.throwIfAborted();
    requireFarPaths([request.farDir, request.supersedeInto]);
    for await (const { path } of request.files) {
      this.#requireCarried([path]);
      this.#keepProbe(request.farDir, [path]);
    }
    this.#requireCarried(request.emptyDirs ?? []);
    // As it was given, not a copy: its ceiling may be a getter.
    await this.#underWay.track(this.#session.push(request));
  }

  async hash(request: FarHashRequest): Promise<FarHashOutcome> {
    request.signal.throwIfAborted();
    requireFarPaths([request.farDir]);
    for await (const { path } of request.files) requireFarPaths([path]);
    return await this.#underWay.track(this.#session.hash(request));
  }

  async fetch(request: FetchRequest): Promise<void> {
    request.signal.throwIfAborted();
    requireFarPaths([request.farDir]);
    for await (const { path } of request.files) this.#requireCarried([path]);
    await this.#underWay.track(this.#session.fetch(request));
  }

  async flush(farDir: string): Promise<FarFlush> {
    requireFarPaths([farDir]);
    return await this.#underWay.track(this.#session.flush(farDir));
  }

  async nameHabits(farDir: string): Promise<NameHabits> {
    requireFarPaths([farDir]);
    return await this.#underWay.track(this.#session.nameHabits(farDir));
  }

  async removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    const foreign = names.find((name) => !this.#inProbes.has(`${farDir}/${name}`));
    if (!isProbeFolder(farDir) || foreign !== undefined) {
      throw new TypeError(`no probe of this session: ${farDir}/${foreign ?? ""}`);
    }
    await this.#underWay.track(this.#session.removeProbe(farDir, names));
  }

  deviceOfBase(): Promise<number | null> {
    return this.#underWay.track(this.#session.deviceOfBase());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#underWay.end();
    await this.#session[Symbol.asyncDispose]();
  }

  #keepProbe(farDir: string, names: Iterable<string>): void {
    if (!isProbeFolder(farDir)) return;
    for (const name of names) this.#inProbes.add(`${farDir}/${name}`);
  }

  #requireCarried(paths: Iterable<string>): void {
    for (const path of paths) {
      requireFarPaths([path]);
      const why = this.#transport.refusalOfName(path);
      if (why === null) continue;
      const { address } = this.#transport;
      throw new TransportError("name_not_carried", `${path} cannot be carried by ${address}`, {
        why,
        path,
        hint: "Rename the file, or use a destination that keeps such names.",
      });
    }
  }
}

/** @throws LabferryError `path_outside`; `""` is the base itself */
function requireFarPaths(paths: Iterable<string>): void {
  for (const path of paths) if (path !== "") requireBelow(path);
}
