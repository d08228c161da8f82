/**
 * `<state>/destinations.json`: which identity each address had when this state directory met it.
 * Outside the queue's database, so that a lost database does not make labferry forget which NAS is
 * its own.
 *
 * ```json
 * { "schema_version": "1.0",
 *   "destinations": { "/mnt/nas/lab": { "uuid": "…", "equipment_id": "FLOW_01", "known_since": "…Z" } } }
 * ```
 */
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import { type Clock, encodeUtf8, LabferryError, systemClock, utcSeconds } from "../base/mod.ts";
import { diskFailure, errnoOf, lockFile, writeFileAtomic } from "../disk/mod.ts";
import { addressKey } from "./base_overlap.ts";
import type { DestinationIdentity } from "./identity.ts";

const FILE_NAME = "destinations.json";
const SCHEMA_VERSION = "1.0";

export interface KnownDestination {
  readonly uuid: string;
  readonly equipmentId: string | null;
  readonly knownSince: string;
}

/** What is known; `lost` says why something that was known may be missing from it. */
export interface Knowledge {
  readonly destinations: ReadonlyMap<string, KnownDestination>;
  readonly lost: string | null;
}

interface Entry {
  uuid: string;
  equipment_id?: string;
  known_since: string;
}

/** The book of destinations in one state directory. Addresses are compared by `addressKey`. */
export class KnownDestinations {
  readonly path: string;
  readonly #stateDir: string;
  readonly #clock: Clock;

  constructor(stateDir: string, options: { readonly clock?: Clock } = {}) {
    this.#stateDir = stateDir;
    this.path = join(stateDir, FILE_NAME);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * What is known of an address; null when it is not in the book.
   *
   * @throws LabferryError `destinations_damaged`: a book that cannot be read is no "never"
   */
  async get(address: string): Promise<KnownDestination | null> {
    const entries = await this.#entries();
    if (entries instanceof LabferryError) throw damaged(this.path, entries);
    const entry = entries[addressKey(address)];
    return entry ? knownOf(entry) : null;
  }

  /**
   * Everything, with a damaged book returned instead of thrown: for those who may go on without it,
   * because a person decided (`destination init`), or who then refuse (`mayCreateFolder`).
   */
  async read(): Promise<Knowledge> {
    const entries = await this.#entries();
    const destinations = new Map<string, KnownDestination>();
    if (!(entries instanceof LabferryError)) {
      for (const [key, entry] of Object.entries(entries)) destinations.set(key, knownOf(entry));
    }
    const lost = entries instanceof LabferryError ? entries.message : await this.#setAsideEarlier();
    return { destinations, lost };
  }

  /**
   * Remembers whose base an address is. A damaged book is kept beside the new one as
   * `destinations.json.damaged-<time>`.
   */
  async remember(address: string, identity: DestinationIdentity): Promise<void> {
    using _lock = await lockFile(`${this.path}.lock`, { mode: "exclusive", clock: this.#clock });
    let entries = await this.#entries();
    if (entries instanceof LabferryError) {
      await this.#keepDamaged();
      entries = {};
    }
    const key = addressKey(address);
    const same = entries[key]?.uuid === identity.uuid ? entries[key] : undefined;
    entries[key] = {
      uuid: identity.uuid,
      ...(identity.equipmentId === null ? {} : { equipment_id: identity.equipmentId }),
      known_since: same?.known_since ?? utcSeconds(this.#clock.now()),
    };
    const book = { schema_version: SCHEMA_VERSION, destinations: entries };
    await writeFileAtomic(this.path, encodeUtf8(`${JSON.stringify(book, null, 2)}\n`));
  }

  /** The entries as they are on disk; an error (returned, not thrown) when they cannot be read. */
  async #entries(): Promise<Record<string, Entry> | LabferryError> {
    const bytes = await this.#bytes();
    if (bytes === null) return {};
    try {
      return entriesIn(parseJson(bytes).value);
    } catch (error) {
      if (error instanceof LabferryError) return error;
      throw error;
    }
  }

  async #bytes(): Promise<Uint8Array | null> {
    try {
      return await Deno.readFile(this.path);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw diskFailure(error, `${this.path} could not be read`, this.path);
    }
  }

  async #keepDamaged(): Promise<void> {
    const bytes = await this.#bytes();
    if (bytes === null) return;
    const time = this.#clock.now().toISOString().replaceAll(":", "-");
    await writeFileAtomic(`${this.path}.damaged-${time}`, bytes, { createOnly: true });
  }

  /** A damaged book of some day before: what stood in it may have been more than is known now. */
  async #setAsideEarlier(): Promise<string | null> {
    try {
      for await (const { name } of Deno.readDir(this.#stateDir)) {
        if (name.startsWith(`${FILE_NAME}.damaged-`)) return `${name} was damaged and set aside`;
      }
      return null;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw diskFailure(error, `${this.#stateDir} could not be listed`, this.#stateDir);
    }
  }
}

function knownOf(entry: Entry): KnownDestination {
  const { uuid, equipment_id: equipmentId = null, known_since: knownSince } = entry;
  return { uuid, equipmentId, knownSince };
}

function entriesIn(book: unknown): Record<string, Entry> {
  const { schema_version: version, destinations } = (book ?? {}) as Record<string, unknown>;
  if (typeof version !== "string" || !/^1\.\d+$/.test(version)) {
    throw new LabferryError(
      "schema_major_mismatch",
      "the book of destinations is of another kind",
      {
        why: `schema_version is ${JSON.stringify(version)}, expected major 1`,
      },
    );
  }
  if (typeof destinations !== "object" || destinations === null) {
    throw new LabferryError("malformed_record", "the book of destinations lists none");
  }
  for (const [address, entry] of Object.entries(destinations)) {
    if (typeof entry?.uuid === "string" && typeof entry.known_since === "string") continue;
    throw new LabferryError("malformed_record", `the entry of ${address} has no uuid`);
  }
  return rekeyed(destinations as Record<string, Entry>);
}

/**
 * Earlier books told spellings of one Windows path apart. Where two entries are of one address now, the
 * later word is believed; whether it is right, the mark over there says.
 */
function rekeyed(entries: Record<string, Entry>): Record<string, Entry> {
  const oldestFirst = Object.entries(entries)
    .sort(([, a], [, b]) => a.known_since < b.known_since ? -1 : 1);
  return Object.fromEntries(oldestFirst.map(([address, entry]) => [addressKey(address), entry]));
}

function damaged(path: string, cause: LabferryError): LabferryError {
  return new LabferryError("destinations_damaged", "which destinations are ours is uncertain", {
    why: cause.message,
    path,
    cause,
    hint: "Mend the file, or mark every destination again (the damaged file is kept beside the " +
      "new one): labferry destination init",
  });
}
