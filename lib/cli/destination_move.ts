/**
 * `labferry destination move EQUIPMENT`: the NAS is at another address now. Its base was copied there with
 * its mark, or a new one was marked with `destination init`; what was proven was proven at the old place,
 * and every run is proven anew.
 */
import { counted, LabferryError } from "../base/mod.ts";
import { createTransport } from "../daemon/mod.ts";
import { type DestinationIdentity, KnownDestinations, readIdentity } from "../transports/mod.ts";
import type { CliContext } from "./context.ts";
import { withControl } from "./control.ts";
import { atDestination } from "./destination.ts";
import { equipmentOf } from "./run.ts";
import { configOf, stateDirOf } from "./settings.ts";

export async function destinationMove(
  context: CliContext,
  { equipment: id }: { readonly equipment: string },
): Promise<void> {
  const { config } = await configOf(context);
  const stateDir = await stateDirOf(context);
  const equipment = equipmentOf(config, id);
  const { address } = createTransport(equipment.transport);
  const { signal } = context;
  const identity = await atDestination({ equipment, stateDir, signal }, readIdentity);
  refuseStrange(identity, { address, id });
  await new KnownDestinations(stateDir.path).remember(address, identity);
  await withControl(context, async (control) => {
    const { runs } = await control.destinationMoved(id);
    if (context.options.json) {
      return context.printJson({ equipment_id: id, address, uuid: identity.uuid, runs });
    }
    context.print(
      runs === 0
        ? `${id}: no run of it went anywhere else than ${address}.`
        : `${id}: ${
          counted(runs, "run")
        } will be proven at ${address}; until then none of them counts as safe.`,
    );
  });
}

/** Only a base with our mark is taken for one: the folder under an unmounted share has none. */
function refuseStrange(
  identity: DestinationIdentity | null,
  { address, id }: { readonly address: string; readonly id: string },
): asserts identity is DestinationIdentity {
  if (identity === null) {
    throw new LabferryError("destination_unmarked", `${address} is not marked as labferry's`, {
      why: "neither was the old base copied there with its mark, nor was a new one marked",
      hint:
        `copy the whole base, .labferry-destination.json with it; for a new and empty one run \`labferry destination init ${id}\` first`,
    });
  }
  if (identity.equipmentId === null || identity.equipmentId === id) return;
  throw new LabferryError("destination_identity", `${address} is another instrument's`, {
    why: `its mark names ${identity.equipmentId}`,
    hint: "look at the address in the configuration; nothing was changed",
  });
}
