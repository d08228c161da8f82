/** The gate as the configuration wants it: its settings, the roots, and where runs would land. */
import type { Clock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { AuditCache, AuditOptions } from "../gate/mod.ts";
import { type Gatekeeper, type GatekeeperOptions, makeGatekeeper } from "../sync/mod.ts";

export function configuredGate(
  config: Config,
  about: {
    readonly clock: Clock;
    readonly cache: AuditCache;
    readonly answerMs?: number;
    readonly also?: NonNullable<GatekeeperOptions["also"]>;
  },
): Gatekeeper {
  const { settings, roots, destinationBases } = auditOptions(config);
  return makeGatekeeper({ settings, roots, destinationBases, ...about });
}

export function auditOptions(
  config: Config,
): Required<Pick<AuditOptions, "settings" | "roots" | "equipmentIds" | "destinationBases">> {
  const { stagingRoot } = config.orchestrator;
  // On another PC's share there are no records to judge by: its runs are judged one by one.
  const own = config.equipment.filter(({ pull }) => pull === null);
  const roots = own.map(({ localRoot }) => localRoot);
  return {
    settings: config.validator,
    roots: [...new Set([...roots, ...(stagingRoot ? [stagingRoot] : [])])],
    equipmentIds: config.equipment.map(({ id }) => id),
    destinationBases: Object.fromEntries(
      config.equipment.map((
        { id, transport },
      ) => [id, transport.type === "mount" ? transport.path : transport.remotePath]),
    ),
  };
}
