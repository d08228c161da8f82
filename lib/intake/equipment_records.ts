/** `equipment.json` follows the configuration. */
import { LabferryError, messageOf } from "../base/mod.ts";
import { lstatOrNull } from "../disk/mod.ts";
import type { Equipment } from "../config/mod.ts";
import {
  equipmentDir,
  type EquipmentSettings,
  type LockWait,
  RECORD_FILES,
  recordEquipment,
  recordPath,
} from "../records/mod.ts";

/** What the registry says of an equipment, in the record's own words. */
export function equipmentSettings(equipment: Equipment): EquipmentSettings {
  return {
    id: equipment.id,
    label: equipment.label,
    configured_local_root: equipment.localRoot,
    configured_nas_root: equipment.nasRoot,
  };
}

export interface EquipmentFault {
  readonly equipmentId: string;
  readonly message: string;
}

/**
 * Brings each `equipment.json` that is there up to date with the configuration; one that is not there
 * yet is written with the equipment's first run. A registry entry that cannot be written holds
 * nothing up: its fault is returned.
 */
export async function resyncEquipment(
  equipment: readonly Equipment[],
  wait: LockWait = {},
): Promise<EquipmentFault[]> {
  const faults: EquipmentFault[] = [];
  for (const one of equipment) {
    const path = recordPath(equipmentDir(one.localRoot, one.id), RECORD_FILES.equipment);
    try {
      if (!(await lstatOrNull(path))?.isFile) continue;
      await recordEquipment(path, equipmentSettings(one), wait);
    } catch (error) {
      if (!(error instanceof LabferryError) && !(error instanceof Deno.errors.PermissionDenied)) {
        throw error;
      }
      faults.push({ equipmentId: one.id, message: messageOf(error) });
    }
  }
  return faults;
}
