/** Every rule that judges one name by itself. */
import type { Hit } from "./finding.ts";
import { illegalCharacter } from "./rules/illegal_character.ts";
import { leftoverJinjaMarker } from "./rules/jinja_marker.ts";
import { pathTooLong, utf8Length } from "./rules/path_length.ts";
import { unresolvedPlaceholder } from "./rules/placeholder.ts";
import { reservedName } from "./rules/reserved_name.ts";
import { type GateSettings, MAX_NAME_BYTES } from "./settings.ts";

/** Hits for `name`, whose folder's path has `folderBytes` at the destination. */
export function judgeName(
  name: string,
  about: { readonly folderBytes: number; readonly settings: GateSettings },
): Hit[] {
  const { folderBytes, settings } = about;
  if (isPlain(name) && name.length <= MAX_NAME_BYTES) {
    if (folderBytes + 1 + name.length <= settings.maxPath) return [];
  }
  const pathBytes = folderBytes + 1 + utf8Length(name);
  return [
    unresolvedPlaceholder(name),
    leftoverJinjaMarker(name),
    illegalCharacter(name, settings),
    reservedName(name),
    pathTooLong({ name, pathBytes }, settings),
  ].filter((hit) => hit !== null);
}

/** ASCII characters that no rule about characters objects to, by code. */
const HARMLESS: readonly boolean[] = Array.from(
  { length: 128 },
  (_, code) => /[A-Za-z0-9 !#$%&'()+,\-.;=@[\]^_`~]/.test(String.fromCharCode(code)),
);

/** The first letters of the reserved names: aux, con and com, lpt, nul, prn. */
const RESERVED_INITIALS = "acnlpACNLP";

/**
 * True for a name that certainly breaks no rule but the one about length. It saves four searches
 * for nearly every name there is; those that it is not sure of are judged in full.
 */
export function isPlain(name: string): boolean {
  const { length } = name;
  if (length === 0) return false;
  for (let i = 0; i < length; i++) if (HARMLESS[name.charCodeAt(i)] !== true) return false;
  const last = name.charCodeAt(length - 1);
  if (last === DOT || last === SPACE) return false;
  return !RESERVED_INITIALS.includes(name[0]!) || reservedName(name) === null;
}

const DOT = 0x2e;
const SPACE = 0x20;
