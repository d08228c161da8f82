/**
 * A NAS without a network: a transport over a folder of the disk in memory. It stands behind the
 * `Transport` door and is held to the contract's suite like every other (`tests/simulate/`), so that it
 * does not lie, unless it is told to. Each call can fail as a network does, and each change is an effect
 * between which the caller may die.
 */
import {
  type ConnectOptions,
  type FarSession,
  type PlaceHere,
  type Transport,
  type TransportTraits,
} from "../../lib/transports/mod.ts";
import { guardedSession } from "../../lib/transports/guarded_session.ts";
import type { Dice } from "./dice.ts";
import { SimSession } from "./far_session.ts";
import type { LocalDisk } from "./local_disk.ts";

export interface FarHabits {
  /** The far side hashes itself; else this computer may answer from its own memory. */
  readonly hashesThere: boolean;
  readonly hashesWhileSending: boolean;
  /** As on a mount with hard links; else a name is looked at and then renamed over, a call apart. */
  readonly namesExclusively: boolean;
  /** What is sent is flushed as it comes; else only when it is asked for. */
  readonly flushesAtOnce: boolean;
}

/** Of the NAS of a life. */
export function habitsOf(dice: Dice, seed: number): FarHabits {
  return {
    flushesAtOnce: dice.chance(0.5),
    hashesThere: dice.chance(0.7),
    hashesWhileSending: dice.chance(0.5),
    namesExclusively: seed % 2 === 1,
  };
}

/** What one far file was when it was hashed. */
export interface FarSeen {
  /** Below the base. */
  readonly path: string;
  /** What the product was told. */
  readonly told: string | null;
  /** What the bytes over there really were. */
  readonly really: string | null;
}

export interface FarWatch {
  /** Before each call; what it throws the caller gets. */
  readonly onCall: (op: string) => void;
  readonly onConnect: (session: number) => void;
  readonly onHashed: (session: number, seen: FarSeen) => void;
  /** What this computer remembers having written there; null when it has forgotten. */
  readonly remembered: (path: string) => Uint8Array | null;
  readonly onWritten: (path: string, bytes: Uint8Array) => void;
}

export interface FarSideOptions {
  readonly disk: LocalDisk;
  /** The base, on that disk. */
  readonly base: string;
  readonly habits: FarHabits;
  readonly watch: FarWatch;
  /** Hashes may come from what this computer remembers; @default where it does not hash there */
  readonly answersFromMemory?: boolean;
  /** Sabotage: what stands in the way is removed and not moved aside. */
  readonly overwrites?: boolean;
  /** Sabotage: what it says is on its disk is not. */
  readonly flushesNothing?: boolean;
}

export const UNWATCHED: FarWatch = {
  onCall: () => {},
  onConnect: () => {},
  onHashed: () => {},
  remembered: () => null,
  onWritten: () => {},
};

export class FarSide implements Transport {
  readonly type = "rsync_ssh";
  readonly traits: TransportTraits;
  readonly address: string;
  /** Of the latest push or fetch. */
  toldUploadMbps: number | null = null;
  readonly #options: FarSideOptions;
  /** Sabotage: what every base says it is. */
  pretended: Uint8Array | null = null;
  /** How often it was started anew: no connection outlives that. */
  restarts = 0;
  #sessions = 0;

  constructor(options: FarSideOptions) {
    this.#options = options;
    this.address = `nas:${options.base}`;
    this.traits = {
      hashesWhileSending: options.habits.hashesWhileSending,
      followsCeiling: true,
      readsKnownDevice: false,
      connectsAtOnce: true,
      localFolder: null,
      habitsDifferByFolder: false,
    };
  }

  pretendMark(mark: Uint8Array | null): void {
    this.pretended = mark;
  }

  refusalOfName(): null {
    return null;
  }

  placesHere(): Promise<readonly PlaceHere[]> {
    return Promise.resolve([{ path: this.#options.base, keepsNames: true }]);
  }

  async connect(options: ConnectOptions): Promise<FarSession> {
    this.#options.watch.onCall("connect");
    const session = ++this.#sessions;
    this.#options.watch.onConnect(session);
    return await guardedSession(
      { transport: this, options },
      ({ signal }) => Promise.resolve(new SimSession(this, { ...this.#options, session, signal })),
    );
  }
}
