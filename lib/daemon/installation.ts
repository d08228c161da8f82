/**
 * `<state>/installation.json`: who this labferry is, to the runs it puts on a NAS. A cloned PC has
 * the same file and the same machine id, so the file also says on which host it was made, and a
 * nonce tells two services apart that hold copies of it.
 *
 * ```json
 * { "schema_version": "1.0", "id": "…", "created_at": "…Z",
 *   "host": { "name": "flow-pc", "machine_id": "…", "network_addresses": ["00:1b:21:…"] },
 *   "nonce": "…", "nonce_since": "…Z", "kept_at": "…Z" }
 * ```
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseJson } from "../base/json.ts";
import {
  type Clock,
  encodeUtf8,
  LabferryError,
  randomId,
  systemClock,
  utcSeconds,
} from "../base/mod.ts";
import { lockFile, writeFileAtomic } from "../disk/mod.ts";
import { factsChanged, type HostFacts, hostFacts } from "./host_facts.ts";
import { keepFile, type Replaced } from "./kept_file.ts";
import type { StateDir } from "./state_dir.ts";

export interface Installation {
  /** A UUID, the same for as long as the state directory lives. */
  readonly id: string;
  readonly createdAt: string;
  /** The host as it was when the service started last (or the file was made). */
  readonly host: HostFacts;
  /** Renewed at each start of the service. */
  readonly nonce: string;
  readonly nonceSince: string;
  /** When a person last said that this computer took another one's place; null for never. */
  readonly keptAt: string | null;
  /** What was there before and could not be read: then the id is a new one. */
  readonly replaced: Replaced | null;
}

/** What `readInstallation` reads and makes; in a folder that two programs share, one makes it. */
export async function readInstallation(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<Installation> {
  const { text, replaced } = await keepFile({
    path: installationFile(dir),
    isValid: (found) => parsed(found) !== null,
    make: async () => textOf(newInstallation(await hostFacts(), clock)),
    mode: 0o644,
    clock,
  });
  return { ...parsed(text)!, replaced };
}

/** Two of three facts changed: a clone, or a state directory that was carried to another PC. */
export function hasMoved(installation: Installation, now: HostFacts): boolean {
  return factsChanged(installation.host, now) >= 2;
}

/** @throws LabferryError `installation_moved` while this host is not the one that was known */
export async function refuseMoved(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<void> {
  const moved = await installationMoved(dir, clock);
  if (moved) throw moved;
}

/** What is wrong while this host is not the one that was known; null as a rule. */
export async function installationMoved(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<LabferryError | null> {
  const installation = await readInstallation(dir, clock);
  const now = await hostFacts();
  if (!hasMoved(installation, now)) return null;
  const { host } = installation;
  return new LabferryError("installation_moved", "This labferry was set up on another computer", {
    path: installationFile(dir),
    why: `it knows ${host.hostName}, this one is ${now.hostName}, and machine id or network ` +
      "addresses differ as well; a copy of a PC must not take the first one's runs apart",
    hint: "`labferry installation keep` if this computer took the other one's place, " +
      "`labferry installation new` if the other one is still in use",
  });
}

/**
 * The start of a service: a new nonce, and small changes of the host (a new card, a new name) are
 * taken over, so that a second one next year does not count as two at once. A host that moved is
 * left as it stands in the file, for a person to decide.
 */
export async function renewNonce(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<Installation> {
  const now = await hostFacts();
  return await change(dir, clock, (found) => ({
    ...found,
    host: hasMoved(found, now) ? found.host : now,
    ...newNonce(clock),
  }));
}

/** This computer took the place of the one that was known: the same installation goes on here. */
export async function keepInstallation(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<Installation> {
  const host = await hostFacts();
  return await change(dir, clock, (found) => ({
    ...found,
    host,
    ...newNonce(clock),
    keptAt: clock.now().toISOString(),
  }));
}

/** The one that was known is still in use: this is another installation from now on. */
export async function newIdentity(
  dir: Pick<StateDir, "path">,
  clock: Clock = systemClock,
): Promise<Installation> {
  const host = await hostFacts();
  return await change(dir, clock, () => newInstallation(host, clock));
}

function installationFile(dir: Pick<StateDir, "path">): string {
  return join(dir.path, "installation.json");
}

async function change(
  dir: Pick<StateDir, "path">,
  clock: Clock,
  changed: (found: Installation) => Installation,
): Promise<Installation> {
  const { replaced } = await readInstallation(dir, clock);
  const path = installationFile(dir);
  using _lock = await lockFile(`${path}.lock`, { mode: "exclusive", clock });
  const next = changed(await readInstallation(dir, clock));
  await writeFileAtomic(path, encodeUtf8(textOf(next)), { mode: 0o644 });
  return { ...next, replaced };
}

function newInstallation(host: HostFacts, clock: Clock): Installation {
  const createdAt = utcSeconds(clock.now());
  return { id: randomId(), createdAt, host, ...newNonce(clock), keptAt: null, replaced: null };
}

function newNonce(clock: Clock): Pick<Installation, "nonce" | "nonceSince"> {
  return { nonce: randomBytes(16).toString("hex"), nonceSince: utcSeconds(clock.now()) };
}

function textOf({ id, createdAt, host, nonce, nonceSince, keptAt }: Installation): string {
  const file = {
    schema_version: "1.0",
    id,
    created_at: createdAt,
    host: {
      name: host.hostName,
      machine_id: host.machineId,
      network_addresses: host.networkAddresses,
    },
    nonce,
    nonce_since: nonceSince,
    ...(keptAt === null ? {} : { kept_at: keptAt }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Null when the text is not such a file. */
function parsed(text: string): Installation | null {
  let value: unknown;
  try {
    value = parseJson(text).value;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
  const { id, created_at: createdAt, host, nonce, nonce_since: nonceSince, kept_at: keptAt } =
    fields(
      value,
    );
  const { name, machine_id: machineId, network_addresses: addresses } = fields(host);
  if (typeof id !== "string" || !UUID.test(id) || typeof name !== "string") return null;
  return {
    id,
    createdAt: String(createdAt ?? ""),
    host: {
      hostName: name,
      machineId: typeof machineId === "string" ? machineId : null,
      networkAddresses: Array.isArray(addresses)
        ? addresses.filter((address) => typeof address === "string")
        : [],
    },
    nonce: String(nonce ?? ""),
    nonceSince: String(nonceSince ?? ""),
    keptAt: typeof keptAt === "string" ? keptAt : null,
    replaced: null,
  };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
