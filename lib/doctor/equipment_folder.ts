/** Where an instrument's runs are. */
import type { Equipment } from "../config/mod.ts";
import { equipmentDir } from "../records/mod.ts";

export function equipmentFolder({ localRoot, id }: Equipment): string {
  return equipmentDir(localRoot, id);
}
