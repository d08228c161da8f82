/**
 * Equipment whose runs other PCs push to this orchestrator. Those that the configuration knows go
 * where it says; any other goes to a folder of its own below `orchestrator.transport`.
 */
import { overlap } from "../base/mod.ts";
import type { Config, Equipment, TransportSettings } from "./config.ts";
import { NO_RULES } from "./run_rules.ts";
import { DEFAULT_QUIET_MINUTES } from "./defaults.ts";

/** Null where the staging area is not one: this PC collects for nobody. */
export function stagingRootOf({ orchestrator }: Pick<Config, "orchestrator">): string | null {
  return orchestrator.enabled ? orchestrator.stagingRoot : null;
}

/**
 * An equipment that the configuration does not name; `label` is what the PC that pushes calls it.
 *
 * @returns why there is no place for its runs, as people read it
 */
export async function receivedEquipment(
  id: string,
  { config, label }: { readonly config: Config; readonly label: string | null },
): Promise<Equipment | string> {
  const stagingRoot = stagingRootOf(config);
  const { transport: above } = config.orchestrator;
  if (stagingRoot === null) return "this PC is no orchestrator";
  if (above === null) return "the configuration neither names it nor has orchestrator.transport";
  // With their schemas: only an orchestrator loads them.
  const { locationOf, transportBelow } = await import("./transports/mod.ts");
  const transport = transportBelow(above, id);
  const base = locationOf(transport, asItIs);
  const owner = config.equipment.find((one) => {
    const other = locationOf(one.transport, asItIs);
    return other.host === base.host && overlap(other.names, base.names);
  });
  if (owner) return `its folder below orchestrator.transport is the destination of ${owner.id}`;
  return {
    id,
    label: label ?? id,
    localRoot: stagingRoot,
    nasRoot: baseWords(above),
    syncMode: "nas",
    completeness: { signal: "quiet_period", quietMinutes: DEFAULT_QUIET_MINUTES },
    rules: NO_RULES,
    intake: null,
    pull: null,
    session: null,
    origin: [],
    headStart: false,
    expectEveryHours: null,
    transport,
  };
}

/** The NAS as records name it. */
function baseWords(transport: TransportSettings): string {
  return transport.type === "mount" ? transport.path : transport.remotePath;
}

function asItIs(path: string): string {
  return path;
}
