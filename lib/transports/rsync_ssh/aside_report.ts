/**
 * Which paths a push moved aside. The far rsync says it, a line each (3.1); an older one is silent,
 * and the folder, which is this push's alone, is looked into.
 */
import type { PushRequest } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { FarFolderAbsent } from "./failure.ts";
import { listFar } from "./list.ts";
import { unescapeRsyncName } from "./rsync_names.ts";
import type { RsyncConnection } from "./connection.ts";

/** The name twice, the second time below the folder: the longest that fits is the right one. */
const BACKED_UP = /^backed up (.+) to (?:.*\/)?\1$/s;

export class AsideReport {
  readonly #connection: RsyncConnection;
  readonly #request: PushRequest;
  readonly #reported = new Set<string>();

  constructor(connection: RsyncConnection, request: PushRequest) {
    this.#connection = connection;
    this.#request = request;
  }

  onLine(line: string): void {
    const name = BACKED_UP.exec(line)?.[1];
    if (name !== undefined) this.report(unescapeRsyncName(name) ?? name);
  }

  /** Does the work; what was moved is reported whether it went well or not. */
  async truthful(work: () => Promise<void>): Promise<void> {
    let failure: { readonly error: unknown } | null = null;
    try {
      await work();
    } catch (error) {
      failure = { error };
    }
    try {
      if (!this.#connection.pair.listsBackups) await this.#look();
    } catch (error) {
      // Where the push failed its own reason counts: mostly it is the same one.
      if (failure === null || !(error instanceof TransportError)) throw error;
    }
    if (failure !== null) throw failure.error;
  }

  async #look(): Promise<void> {
    const { onSetAside, supersedeInto, signal } = this.#request;
    if (!onSetAside || signal.aborted) return;
    try {
      for await (const { path, kind } of listFar(this.#connection, supersedeInto)) {
        if (kind !== "folder") this.report(path);
      }
    } catch (error) {
      if (!(error instanceof FarFolderAbsent)) throw error;
    }
  }

  report(path: string): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#request.onSetAside?.(path);
  }
}
