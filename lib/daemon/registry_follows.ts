/** What a tree's `equipment.json` says follows the configuration. */
import type { Logger } from "../base/log.ts";
import { type Config, type Equipment, stagingRootOf } from "../config/mod.ts";
import { resyncEquipment } from "../intake/mod.ts";
import type { Trees } from "../sync/mod.ts";

/** Longest wait for another program that writes a registry entry; the next start asks again. */
export const REGISTRY_LOCK_MS = 2_000;

/** A configuration takes effect at a start, and so does what `equipment.json` says of it. */
export async function registryFollows(
  config: Config,
  { log, trees }: { readonly log: Logger; readonly trees: Trees },
): Promise<void> {
  const own: Equipment[] = [];
  for (const one of config.equipment) {
    // What lies in a staging area was written by the PCs that pushed it.
    if (one.pull !== null) continue;
    const isPushed = one.localRoot === stagingRootOf(config);
    if (!isPushed && await trees.refusal(one.id) === null) own.push(one);
  }
  const faults = await resyncEquipment(own, { lockTimeoutMs: REGISTRY_LOCK_MS });
  for (const fault of faults) {
    log.warn("the registry entry of {equipmentId} does not follow the configuration: {message}", {
      ...fault,
    });
  }
}
