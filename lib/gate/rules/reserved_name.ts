/** `reserved_filesystem_name`: DOS device names, which Windows opens as the device. */
import { type Fault, gateRule } from "./rule.ts";

export const reservedName = gateRule({
  id: "reserved_filesystem_name",
  mayBeHard: true,
  title: "A name that Windows keeps for a device",
  why: "such a file cannot be opened on Windows",
  fix: "Rename it; an underscore is enough: con.txt becomes con_.txt.",
  judges: { name: { minds: /^(?:con|prn|aux|nul|com|lpt)/, judge: reservedIn } },
});

/**
 * With or without extension, and with spaces before it: `con`, `CON.txt` and `nul .tar.gz` all open
 * the device. COM and LPT take the superscript digits too (Microsoft, "Naming Files, Paths, and
 * Namespaces").
 */
const RESERVED = /^(?:con|prn|aux|nul|(?:com|lpt)[1-9¹²³])(?= *(?:\.|$))/i;

function reservedIn(name: string): Fault | null {
  const token = RESERVED.exec(name)?.[0];
  if (token === undefined) return null;
  return {
    tier: "hard",
    token,
    detail: `${token.toUpperCase()} is a device on Windows, with any extension`,
  };
}
