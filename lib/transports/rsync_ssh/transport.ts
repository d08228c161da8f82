/** The transport for machines that are reached with ssh keys and have rsync. */
import type {
  ConnectOptions,
  FarSession,
  PlaceHere,
  Transport,
  TransportTraits,
} from "../contract.ts";
import { guardedSession } from "../guarded_session.ts";
import { refusalOfOwnName } from "../tool/own_temporary.ts";
import { parseDestination, type RsyncSshOptions, type SshDestination } from "./destination.ts";
import { refusalOfName } from "./push.ts";
import { openSession } from "./session.ts";
import { isThisMachine } from "./this_machine.ts";

export class RsyncSshTransport implements Transport {
  readonly type = "rsync_ssh";
  readonly traits: TransportTraits = {
    hashesWhileSending: false,
    followsCeiling: false,
    readsKnownDevice: false,
    connectsAtOnce: false,
    localFolder: null,
    habitsDifferByFolder: false,
  };
  readonly address: string;
  readonly #destination: SshDestination;

  /** @throws LabferryError `config_invalid` */
  constructor(options: RsyncSshOptions) {
    this.#destination = parseDestination(options);
    this.address = this.#destination.address;
  }

  refusalOfName(path: string): string | null {
    return refusalOfName(path) ?? refusalOfOwnName(path);
  }

  placesHere(): Promise<readonly PlaceHere[]> {
    const { host, base } = this.#destination;
    const isHere = base.startsWith("/") && isThisMachine(host);
    return Promise.resolve(isHere ? [{ path: base, keepsNames: true }] : []);
  }

  connect(options: ConnectOptions): Promise<FarSession> {
    const guard = { transport: this, options };
    return guardedSession(guard, (guarded) => openSession(this.#destination, guarded));
  }
}
