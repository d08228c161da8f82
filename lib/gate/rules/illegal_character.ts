/** `illegal_filesystem_character`: what Windows, SMB or a shell-less restore cannot store. */
import type { Hit } from "../finding.ts";
import { placeholdersIn } from "./placeholder.ts";
import { listed } from "./token.ts";

/** Unicode's control characters (Cc: NUL is among them) and the six characters of the table. */
const ILLEGAL = /[\p{Cc}:"\\|?*]/gu;
const SUSPECT = /[\p{Cc}:"\\|?*<>]|[. ]$/u;

export interface IllegalCharacterSettings {
  /** Also refuse a `<` or `>` that is no part of a placeholder. */
  readonly windowsNames: boolean;
}

export function illegalCharacter(name: string, settings: IllegalCharacterSettings): Hit | null {
  if (!SUSPECT.test(name)) return null;
  const illegal = [...name.matchAll(ILLEGAL)].map((match) => match[0]);
  if (settings.windowsNames) illegal.push(...loneBrackets(name));
  const last = name.at(-1);
  const trailing = last === "." || last === " " ? last : undefined;
  const token = illegal[0] ?? trailing;
  if (token === undefined) return null;
  return {
    rule: "illegal_filesystem_character",
    tier: "hard",
    token,
    detail: sentence(illegal, trailing),
  };
}

/** Angle brackets outside placeholders; those inside are the placeholder rule's. */
function loneBrackets(name: string): string[] {
  let rest = name;
  for (const { token } of placeholdersIn(name)) rest = rest.replace(token, "");
  return [...rest].filter((character) => character === "<" || character === ">");
}

function sentence(illegal: readonly string[], trailing: string | undefined): string {
  const parts: string[] = [];
  if (illegal.length > 0) parts.push(`holds ${listed(illegal)}`);
  if (trailing !== undefined) parts.push(`ends with a ${trailing === "." ? "dot" : "space"}`);
  return `the name ${parts.join(" and ")}, which Windows shares cannot store`;
}
