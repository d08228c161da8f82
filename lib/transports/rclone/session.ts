/** One session: its operations, and an end that takes every child process with it. */
import type {
  FarEntry,
  FarFlush,
  FarHashOutcome,
  FarHashRequest,
  FarSession,
  FetchRequest,
  NameHabits,
  PushRequest,
} from "../contract.ts";
import { TransportError } from "../failure.ts";
import type { GuardedOptions } from "../guarded_session.ts";
import { requireBase } from "./base_check.ts";
import {
  farSpec,
  type Features,
  type RcloneConnection,
  type SessionRequest,
  type SessionRun,
} from "./connection.ts";
import { hashFar } from "./hash.ts";
import { isReadOverThere } from "./proof_choice.ts";
import { countOf, listFar } from "./list.ts";
import { askFeatures } from "./features.ts";
import { fetchFiles } from "./fetch.ts";
import { flush } from "./flush.ts";
import { nameHabits } from "./name_habits.ts";
import { push } from "./push.ts";
import { removeProbe } from "./remove_probe.ts";
import type { Rcd } from "./rcd.ts";
import type { RcloneEnd } from "./rclone_tool.ts";
import { getFiles, putFiles } from "./small_files.ts";
import { setAside } from "./set_aside.ts";

const SMALL_LIMIT_MS = 2 * 60 * 1000;

type ConnectionParts = Omit<RcloneConnection, "run" | "ask" | "features" | "nameHabits">;

export class RcloneSession implements FarSession {
  readonly verifiesInFlight: boolean;
  readonly #connection: RcloneConnection;
  readonly #ending: AbortSignal;
  #features: Promise<Features> | null = null;
  /** How many files this session's pushes and passes named below a far folder, all together. */
  readonly #sent = new Map<string, number>();
  readonly #habits = new Map<string, Promise<NameHabits>>();

  constructor(parts: ConnectionParts, options: GuardedOptions & { readonly rcd: Rcd }) {
    const { tool, backend } = parts;
    this.verifiesInFlight = isReadOverThere(backend);
    const { token, onToolLine, track, rcd, signal: ending } = options;
    this.#ending = ending;
    const run = (asked: SessionRun): Promise<RcloneEnd> => {
      const signal = asked.signal ? AbortSignal.any([asked.signal, ending]) : ending;
      const timeoutMs = asked.timeoutMs ?? SMALL_LIMIT_MS;
      return track(tool.run({ ...asked, signal, timeoutMs, token, onToolLine }));
    };
    this.#connection = {
      ...parts,
      run,
      ask: ({ signal, timeoutMs = SMALL_LIMIT_MS, ...request }: SessionRequest) =>
        track(rcd.ask({
          ...request,
          signal: signal ? AbortSignal.any([signal, ending]) : ending,
          timeoutMs,
        })),
      features: () => this.#features ??= this.#askAgain(askFeatures(this.#connection)),
      nameHabits: (farDir) => this.nameHabits(farDir),
    };
  }

  /** Throws unless the place can be asked; the base need not be there. */
  async reach(): Promise<void> {
    const connection = this.#connection;
    if (connection.backend.localPath !== null) return;
    try {
      await requireBase(connection);
    } catch (error) {
      if (!(error instanceof TransportError) || error.code !== "destination_identity") throw error;
    }
  }

  async check(): Promise<void> {
    await requireBase(this.#connection);
  }

  async createBase(): Promise<void> {
    const connection = this.#connection;
    const end = await connection.ask({
      method: "operations/mkdir",
      params: { fs: farSpec(connection, ""), remote: "" },
    });
    if (end.exitCode !== 0) throw connection.tool.failure("the base could not be made:", end);
  }

  getFiles(farDir: string, names: readonly string[]): Promise<Map<string, Uint8Array | null>> {
    return getFiles(this.#connection, { farDir, names });
  }

  putFiles(farDir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return putFiles(this.#connection, { farDir, files });
  }

  setAside(farDir: string, names: readonly string[], intoDir: string): Promise<string[]> {
    return setAside(this.#connection, { farDir, names, intoDir });
  }

  flush(): Promise<FarFlush> {
    return flush(this.#connection, this.#ending);
  }

  nameHabits(farDir: string): Promise<NameHabits> {
    const known = this.#habits.get(farDir);
    if (known !== undefined) return known;
    const found = nameHabits(this.#connection, farDir);
    this.#habits.set(farDir, found);
    found.catch(() => this.#habits.delete(farDir));
    return found;
  }

  list(farDir: string): AsyncIterable<FarEntry> {
    return listFar(this.#connection, farDir, { expectedFiles: this.#sent.get(farDir) ?? null });
  }

  async push(request: PushRequest): Promise<void> {
    await this.#expect(request);
    await push(this.#connection, request);
  }

  async hash(request: FarHashRequest): Promise<FarHashOutcome> {
    await this.#expect(request);
    return await hashFar(this.#connection, request);
  }

  fetch(request: FetchRequest): Promise<void> {
    return fetchFiles(this.#connection, request);
  }

  removeProbe(farDir: string, names: readonly string[]): Promise<void> {
    return removeProbe(this.#connection, { farDir, names });
  }

  async deviceOfBase(): Promise<number | null> {
    const { localPath } = this.#connection.backend;
    if (localPath === null) return null;
    await requireBase(this.#connection);
    return (await Deno.stat(localPath)).dev;
  }

  /** Its children are the guard's, and end with it. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** A pass may come in parts, so they are added up: rather too many are expected than too few. */
  async #expect({ farDir, files }: Pick<PushRequest, "farDir" | "files">): Promise<void> {
    const count = await countOf(files);
    this.#sent.set(farDir, (this.#sent.get(farDir) ?? 0) + count);
  }

  /** A failed answer is asked for again. */
  #askAgain(asked: Promise<Features>): Promise<Features> {
    asked.catch(() => this.#features = null);
    return asked;
  }
}
