/** `reserved_filesystem_name`: DOS device names, which Windows opens as the device. */
import type { Hit } from "../finding.ts";

/**
 * With or without extension, and with spaces before it: `con`, `CON.txt` and `nul .tar.gz` all open
 * the device. COM and LPT take the superscript digits too (Microsoft, "Naming Files, Paths, and
 * Namespaces").
 */
const RESERVED = /^(?:con|prn|aux|nul|(?:com|lpt)[1-9¹²³])(?= *(?:\.|$))/i;

export function reservedName(name: string): Hit | null {
  const token = RESERVED.exec(name)?.[0];
  if (token === undefined) return null;
  return {
    rule: "reserved_filesystem_name",
    tier: "hard",
    token,
    detail: `${token.toUpperCase()} is a device on Windows, with any extension`,
  };
}
