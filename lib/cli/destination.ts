/** `labferry destination init | show | check`. */
import { hostname } from "node:os";
import { accountName, LabferryError, messageOf } from "../base/mod.ts";
import type { Config, Equipment } from "../config/mod.ts";
import { createTransport, makeScratch, markingWords, type StateDir } from "../daemon/mod.ts";
import { jobToken } from "../process/mod.ts";
import {
  confirmIdentity,
  type FarSession,
  initDestination,
  KnownDestinations,
  sameDisk,
} from "../transports/mod.ts";
import type { CliContext } from "./context.ts";
import { equipmentOf } from "./run.ts";
import { configOf, stateDirOf } from "./settings.ts";
import { table } from "./table.ts";

export async function destinationInit(
  context: CliContext,
  { equipment: id }: { readonly equipment?: string },
): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context);
  const known = new KnownDestinations(stateDir.path);
  const done: Marked[] = [];
  for (const equipment of chosen(config, id)) {
    const { address } = createTransport(equipment.transport);
    if (!await known.get(address)) context.note(`labferry: ${markingWords(address)}`);
    done.push(await markDestination(equipment, { stateDir, known, signal: context.signal }));
  }
  if (context.options.json) return context.printJson({ destinations: done });
  for (const { equipment_id, address, created, same_disk } of done) {
    context.print(
      `${equipment_id}: ${address} ${
        created ? "belongs to labferry now" : "belonged to labferry before"
      }`,
    );
    if (same_disk) {
      context.note(
        `labferry: ${address} is on the same disk as the data; it protects against nothing a disk does, and ${
          config.nasCleanup.allowSameDisk
            ? "unlocks deletion all the same (nas_cleanup.allow_same_disk)"
            : "never unlocks deletion"
        }`,
      );
    }
  }
}

interface Marked {
  readonly equipment_id: string;
  readonly address: string;
  readonly uuid: string;
  readonly created: boolean;
  readonly same_disk: boolean;
}

/** Marks an equipment's destination as ours and remembers its identity in the state directory. */
export async function markDestination(
  equipment: Equipment,
  { stateDir, known, signal }: {
    readonly stateDir: StateDir;
    readonly known: KnownDestinations;
    readonly signal: AbortSignal;
  },
): Promise<Marked> {
  const { address } = createTransport(equipment.transport);
  return await atDestination({ equipment, stateDir, signal }, async (session) => {
    const { identity, created } = await initDestination(session, {
      address,
      equipmentId: equipment.id,
      createdBy: `${accountName()}@${hostname()}`,
      knownUuid: (await known.get(address))?.uuid ?? null,
    });
    await known.remember(address, identity);
    return {
      equipment_id: equipment.id,
      address,
      uuid: identity.uuid,
      created,
      same_disk: await onSameDisk(equipment, session),
    };
  });
}

export async function destinationShow(context: CliContext): Promise<void> {
  const { config } = await configOf(context);
  const known = new KnownDestinations((await stateDirOf(context, { reading: true })).path);
  const rows = await Promise.all(config.equipment.map(async (equipment) => {
    const transport = createTransport(equipment.transport);
    const knowledge = await known.get(transport.address);
    return {
      equipment_id: equipment.id,
      type: transport.type,
      address: transport.address,
      uuid: knowledge?.uuid ?? null,
    };
  }));
  if (context.options.json) return context.printJson({ destinations: rows });
  context.print(
    table(
      ["EQUIPMENT", "TYPE", "IDENTITY", "ADDRESS"],
      rows.map((row) => [row.equipment_id, row.type, row.uuid ?? "not marked yet", row.address]),
    ),
  );
}

/** Asks every destination now; exit code 4 when one of them is not what it should be. */
export async function destinationCheck(context: CliContext): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context);
  const known = new KnownDestinations(stateDir.path);
  const results: {
    equipment_id: string;
    address: string;
    ok: boolean;
    code: string | null;
    message: string;
    hint: string | null;
  }[] = [];
  for (const equipment of config.equipment) {
    const { address } = createTransport(equipment.transport);
    const about = { equipment_id: equipment.id, address };
    try {
      const knowledge = await known.get(address);
      if (!knowledge) {
        throw new LabferryError("destination_unmarked", "it has not been marked as labferry's", {
          hint: `run \`labferry destination init ${equipment.id}\` once the right share is mounted`,
        });
      }
      await atDestination({ equipment, stateDir, signal: context.signal }, async (session) => {
        await confirmIdentity(session, knowledge.uuid, { address });
      });
      results.push({
        ...about,
        ok: true,
        code: null,
        message: "there, and the one it should be",
        hint: null,
      });
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
      results.push({
        ...about,
        ok: false,
        code: error.code,
        message: messageOf(error),
        hint: error.hint ?? null,
      });
    }
  }
  if (results.some(({ ok }) => !ok)) context.exitCode = 4;
  if (context.options.json) return context.printJson({ destinations: results });
  context.print(
    table(
      ["", "EQUIPMENT", "ADDRESS", ""],
      results.map((
        { ok, equipment_id, address, message },
      ) => [ok ? "ok" : "NOT OK", equipment_id, address, message]),
    ),
  );
  for (const { equipment_id, hint } of results) {
    if (hint) context.print(`  hint for ${equipment_id}: ${hint}`);
  }
}

function chosen(config: Config, id: string | undefined): readonly Equipment[] {
  return id === undefined ? config.equipment : [equipmentOf(config, id)];
}

/** Asks the equipment's destination over a connection of its own. */
export async function atDestination<Answer>(
  { equipment, stateDir, signal }: {
    equipment: Equipment;
    stateDir: StateDir;
    signal: AbortSignal;
  },
  work: (session: FarSession) => Promise<Answer>,
): Promise<Answer> {
  const scratchDir = await makeScratch(stateDir);
  try {
    const token = jobToken(stateDir.tokenPrefix, "ask");
    await using session = await createTransport(equipment.transport).connect({
      signal,
      token,
      scratchDir,
    });
    return await work(session);
  } finally {
    await Deno.remove(scratchDir, { recursive: true });
  }
}

async function onSameDisk({ localRoot }: Equipment, session: FarSession): Promise<boolean> {
  try {
    return await sameDisk(localRoot, session);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // the data root is not there yet
    throw error;
  }
}
