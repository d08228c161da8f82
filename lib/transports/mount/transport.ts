/** A folder or mounted share as a transport. */
import { resolve } from "node:path";
import { DiskPool } from "../../disk/mod.ts";
import type {
  ConnectOptions,
  FarSession,
  PlaceHere,
  Transport,
  TransportTraits,
} from "../contract.ts";
import { guardedSession } from "../guarded_session.ts";
import { refusalOfOwnName } from "../tool/own_temporary.ts";
import { refusalOnWindows } from "./carried_names.ts";
import { MountSession } from "./session.ts";

/** Two keep a disk and two cores busy; shares answer faster when asked by four. */
const THREADS = 4;
/** How long disposing waits for threads to drop what they were told to drop. */
const WIND_DOWN_MS = 2_500;

export interface MountTransportOptions {
  /** The base folder: absolute, or relative to the working directory. */
  readonly path: string;
  /** Longest wait for a small thing (a record, a listing); @default 60_000 */
  readonly answerMs?: number;
  /**
   * Longest silence while copying or hashing; @default 600_000, because flushing one large file to
   * a slow share takes minutes without a sign of life
   */
  readonly silenceMs?: number;
  /** The threads of one session; tests put a stubborn pool there. */
  readonly makePool?: () => DiskPool;
}

export class MountTransport implements Transport {
  readonly type = "mount";
  readonly address: string;
  readonly traits: TransportTraits;
  readonly #options: Required<Omit<MountTransportOptions, "path">>;

  constructor(options: MountTransportOptions) {
    this.address = resolve(options.path);
    this.traits = {
      hashesWhileSending: true,
      followsCeiling: true,
      readsKnownDevice: true,
      connectsAtOnce: true,
      localFolder: this.address,
      habitsDifferByFolder: true,
    };
    this.#options = {
      answerMs: options.answerMs ?? 60_000,
      silenceMs: options.silenceMs ?? 600_000,
      makePool: options.makePool ?? (() => new DiskPool({ threads: THREADS })),
    };
  }

  /** What a mounted share's own file system refuses cannot be known here: it shows when writing. */
  refusalOfName(path: string): string | null {
    return refusalOfOwnName(path) ??
      (Deno.build.os === "windows" ? refusalOnWindows(path) : null);
  }

  placesHere(): Promise<readonly PlaceHere[]> {
    return Promise.resolve([{ path: this.address, keepsNames: true }]);
  }

  connect(options: ConnectOptions): Promise<FarSession> {
    const guard = { transport: this, options, windDownMs: WIND_DOWN_MS };
    return guardedSession(guard, async ({ signal }) => {
      const session = new MountSession({
        address: this.address,
        signal,
        pool: this.#options.makePool(),
        answerMs: this.#options.answerMs,
        silenceMs: this.#options.silenceMs,
      });
      try {
        await session.rememberDevice();
        return session;
      } catch (error) {
        await session[Symbol.asyncDispose]();
        throw error;
      }
    });
  }
}
