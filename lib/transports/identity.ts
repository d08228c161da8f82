/**
 * Whose base this is: `.labferry-destination.json` at a destination's base. It is what tells our NAS
 * from the empty folder under an unmounted share, and from another disk that took its place.
 */
import { parseJson } from "../base/json.ts";
import {
  type Clock,
  encodeUtf8,
  LabferryError,
  randomId,
  systemClock,
  utcSeconds,
} from "../base/mod.ts";
import type { FarSession } from "./contract.ts";
import { TransportError } from "./failure.ts";

/** The marker's name at the base. */
export const IDENTITY_FILE = ".labferry-destination.json";

const SCHEMA_VERSION = "1.0";

export interface DestinationIdentity {
  readonly uuid: string;
  /** The equipment whose runs land here; null for a place that `ship` marked. */
  readonly equipmentId: string | null;
  /** `2026-04-17T14:32:00Z` */
  readonly createdAt: string;
  readonly createdBy: string;
}

/**
 * The identity at the base, null when there is none.
 *
 * @throws TransportError `destination_identity` for a marker that cannot be read: it may be anybody's
 */
export async function readIdentity(session: FarSession): Promise<DestinationIdentity | null> {
  const bytes = (await session.getFiles("", [IDENTITY_FILE])).get(IDENTITY_FILE) ?? null;
  return bytes === null ? null : parseIdentity(bytes);
}

export interface ConfirmOptions {
  /**
   * Ask for the base before the mark is read: on a folder of this computer that notices a copy of the
   * mark on another disk, unless whoever reads notices it himself (`readsKnownDevice`). Elsewhere it
   * is a round trip that the mark answers too.
   */
  readonly checksFirst?: boolean;
  /** The destination as people write it, for the message. */
  readonly address?: string;
}

/**
 * Makes sure the base is the one with `expectedUuid`.
 *
 * @throws TransportError `destination_identity` (another identity), `destination_unmarked` (none),
 * or whatever keeps the base from being looked at
 */
export async function confirmIdentity(
  session: FarSession,
  expectedUuid: string,
  options: ConfirmOptions = {},
): Promise<DestinationIdentity> {
  const place = options.address ?? "the destination";
  if (options.checksFirst) await session.check();
  const found = await readIdentity(session);
  if (found === null) {
    // Why it is not there: most often the base is not.
    await session.check();
    throw unmarked(place, expectedUuid);
  }
  if (found.uuid === expectedUuid) return found;
  throw new TransportError("destination_identity", `${place} is not our NAS`, {
    why: `expected ${expectedUuid}, found ${described(found)}`,
    hint: "Mount the right share or disk there; nothing was written and nothing deleted.",
  });
}

export interface InitOptions {
  readonly address: string;
  readonly equipmentId: string | null;
  /** Who marks it, as `user@host`. */
  readonly createdBy: string;
  /** The identity this state directory remembers for the address; null when it never saw one. */
  readonly knownUuid: string | null;
  readonly clock?: Clock;
}

/**
 * Makes the base if need be and marks it. A base that is marked already is adopted when it is the
 * one we remember, or, if we remember none, when it is the same equipment's.
 *
 * A remembered destination whose marker is gone is refused: most likely its share is not mounted,
 * and a new marker in the empty folder below would make that folder pass for the NAS.
 *
 * @throws TransportError `destination_identity`, `destination_unmarked`
 */
export async function initDestination(
  session: FarSession,
  options: InitOptions,
): Promise<{ readonly identity: DestinationIdentity; readonly created: boolean }> {
  const { address, knownUuid } = options;
  if (knownUuid !== null) await session.check();
  else await session.createBase();
  const found = await readIdentity(session);
  if (found !== null) return { identity: adopted(found, options), created: false };
  if (knownUuid !== null) throw unmarked(address, knownUuid);
  const identity: DestinationIdentity = {
    uuid: randomId(),
    equipmentId: options.equipmentId,
    createdAt: utcSeconds((options.clock ?? systemClock).now()),
    createdBy: options.createdBy,
  };
  await session.putFiles("", new Map([[IDENTITY_FILE, encodeUtf8(serialized(identity))]]));
  // Read back: two that mark one base at the same moment must not both believe it theirs.
  return { identity: await confirmIdentity(session, identity.uuid, { address }), created: true };
}

function adopted(found: DestinationIdentity, options: InitOptions): DestinationIdentity {
  const { address, equipmentId, knownUuid } = options;
  const ours = knownUuid === null
    ? found.equipmentId === equipmentId
    : found.uuid === knownUuid && found.equipmentId === equipmentId;
  if (ours) return found;
  const wanted = `${knownUuid ?? "a mark"} of ${equipmentId ?? "no equipment"}`;
  throw new TransportError("destination_identity", `${address} belongs to another destination`, {
    why: `expected ${wanted}, found ${described(found)}`,
    hint: "Give every equipment a folder of its own, or mount the right share there.",
  });
}

function unmarked(place: string, expectedUuid: string): TransportError {
  return new TransportError("destination_unmarked", `${place} carries no mark of labferry's`, {
    why: `expected ${expectedUuid} in ${IDENTITY_FILE}; the share may not be mounted`,
    hint: "Mount the share or connect the disk, and nothing else. Only if the disk was truly " +
      "replaced: docs/recovery.md, destination_unmarked.",
  });
}

function described(identity: DestinationIdentity): string {
  const owner = identity.equipmentId ?? "no equipment";
  return `${identity.uuid} (${owner}, made ${identity.createdAt} by ${identity.createdBy})`;
}

function serialized(identity: DestinationIdentity): string {
  const record = {
    schema_version: SCHEMA_VERSION,
    uuid: identity.uuid,
    ...(identity.equipmentId === null ? {} : { equipment_id: identity.equipmentId }),
    created_at: identity.createdAt,
    created_by: identity.createdBy,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}

function parseIdentity(bytes: Uint8Array): DestinationIdentity {
  const record = recordIn(bytes);
  const version = record["schema_version"];
  if (typeof version !== "string" || !/^1\.\d+$/.test(version)) {
    throw unreadable(`schema_version is ${JSON.stringify(version)}, expected major 1`);
  }
  const { uuid, equipment_id: equipmentId = null, created_at: createdAt, created_by: createdBy } =
    record;
  if (typeof uuid !== "string" || uuid === "") throw unreadable("it has no uuid");
  if (equipmentId !== null && typeof equipmentId !== "string") {
    throw unreadable("its equipment_id is not a text");
  }
  if (typeof createdAt !== "string" || typeof createdBy !== "string") {
    throw unreadable("created_at or created_by is missing");
  }
  return { uuid, equipmentId, createdAt, createdBy };
}

function recordIn(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJson(bytes).value;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    throw unreadable(error.message);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unreadable("it is not an object");
}

function unreadable(why: string): TransportError {
  return new TransportError("destination_identity", `${IDENTITY_FILE} cannot be read`, {
    why,
    hint: "Look at the file on the destination; labferry does not replace it.",
  });
}
