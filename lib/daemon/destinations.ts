/** The configuration's destinations: transport, remembered identity, ceiling in force now. */
import { type Clock, LabferryError } from "../base/mod.ts";
import {
  type Bandwidth,
  ceilingAt,
  completenessMarkers,
  type Config,
  uploadMbpsAt,
} from "../config/mod.ts";
import { nameMatcher } from "../base/name_pattern.ts";
import type { Queue } from "../queue/mod.ts";
import type { Destination, Trees } from "../sync/mod.ts";
import {
  IDENTITY_FILE,
  type KnownDestinations,
  type Transport,
  TransportError,
} from "../transports/mod.ts";
import { refuseMoved } from "./installation.ts";
import type { StateDir } from "./state_dir.ts";
import { createTransport } from "./transport_wiring.ts";

/** By equipment id. */
export function destinationsOf(
  config: Config,
  known: KnownDestinations,
  clock: Clock,
): Map<string, Destination> {
  return new Map(config.equipment.map((equipment) => {
    const transport = createTransport(equipment.transport);
    const { bandwidth } = equipment.transport;
    return [equipment.id, {
      name: equipment.id,
      transport,
      identity: () => rememberedIdentity(transport, known, equipment.id),
      uploadMbps: () => ceilingNow(bandwidth, clock),
      closedUntil: () => closedUntil(bandwidth, clock),
    }];
  }));
}

/** The same destinations, closed while the state directory is on a computer it does not know. */
export function heldWhileMoved(
  destinations: ReadonlyMap<string, Destination>,
  dir: Pick<StateDir, "path">,
  clock: Clock,
): Map<string, Destination> {
  return new Map([...destinations].map(([id, destination]) => [id, {
    ...destination,
    async identity() {
      await refuseMoved(dir, clock);
      return await destination.identity();
    },
  }]));
}

/** By equipment id: what an instrument leaves among its data that is none, as its rules say. */
export function ignoredFiles({ equipment }: Config): Map<string, (path: string) => boolean> {
  return new Map(
    equipment.flatMap(({ id, rules }) =>
      rules.ignore.length > 0 ? [[id, nameMatcher(rules.ignore)] as const] : []
    ),
  );
}

/** The same destinations, closed while another labferry looks after the tree their runs are in. */
export function heldWhileServed(
  destinations: ReadonlyMap<string, Destination>,
  trees: Pick<Trees, "refusal">,
): Map<string, Destination> {
  return new Map([...destinations].map(([id, destination]) => [id, {
    ...destination,
    async identity() {
      const refusal = await trees.refusal(id);
      if (refusal) throw refusal;
      return await destination.identity();
    },
  }]));
}

/** The equipment whose runs are handed over to an orchestrator, with what must arrive last. */
export function stagedEquipment({ equipment }: Config): Map<string, readonly string[]> {
  const staged = equipment.filter(({ syncMode }) => syncMode === "stage");
  return new Map(staged.map((one) => [one.id, completenessMarkers(one)]));
}

export function ceilingNow(bandwidth: Bandwidth, clock: Clock): number | null {
  return uploadMbpsAt(bandwidth, clock.now());
}

/** The end of the hours is looked for only inside of them: it costs a third of a millisecond. */
function closedUntil(bandwidth: Bandwidth, clock: Clock): Date | null {
  const now = clock.now();
  return uploadMbpsAt(bandwidth, now) === 0 ? ceilingAt(bandwidth, now).changesAt : null;
}

/** @throws TransportError `destination_unmarked` */
export async function rememberedIdentity(
  transport: Transport,
  known: KnownDestinations,
  equipmentId: string | null,
): Promise<string> {
  const destination = await known.get(transport.address);
  if (destination) return destination.uuid;
  throw new TransportError(
    "destination_unmarked",
    `${transport.address} has not been marked as labferry's`,
    {
      why: "this state directory never saw it, so nothing tells it from an empty mount point",
      hint: equipmentId === null
        ? "add --init-destination if it is the right place"
        : `run \`labferry destination init ${equipmentId}\` once the right share is mounted`,
    },
  );
}

/** Said before a destination is marked, so that a wrong address can still be stopped. */
export function markingWords(address: string): string {
  return `${address}: makes that folder if it is not there, and writes ${IDENTITY_FILE} into it`;
}

/**
 * The same destinations, each closed while the queue knows runs that were proven at another address
 * (`rules.md` 12): at a new place nothing is proven, and what is missing there is no damage.
 */
export function heldWhileElsewhere(
  destinations: ReadonlyMap<string, Destination>,
  queue: Pick<Queue, "jobs">,
): Map<string, Destination> {
  return new Map([...destinations].map(([id, destination]) => [id, {
    ...destination,
    // deno-lint-ignore require-await -- what it throws is a rejection, as of the others
    async identity() {
      refuseElsewhere(id, { destination, queue });
      return destination.identity();
    },
  }]));
}

/** Only what is at the old place holds it: a run that never went anywhere goes to the new one. */
function refuseElsewhere(
  equipmentId: string,
  { destination, queue }: {
    readonly destination: Destination;
    readonly queue: Pick<Queue, "jobs">;
  },
): void {
  const { address } = destination.transport;
  const [first] = queue.jobs.ledElsewhere({ equipmentId, address, limit: 1, isThere: true });
  if (!first) return;
  throw new LabferryError("destination_moved", `${equipmentId} has another destination now`, {
    why: `its runs went to ${first.destination}, the configuration says ${address}`,
    hint:
      `if the NAS moved, copy its base with ${IDENTITY_FILE} and run \`labferry destination move ${equipmentId}\`; if the address is a mistake, put the old one back`,
  });
}
