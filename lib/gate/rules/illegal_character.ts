/** `illegal_filesystem_character`: what Windows, SMB or a shell-less restore cannot store. */
import type { GateSettings } from "../settings.ts";
import { placeholdersIn } from "./placeholder.ts";
import { type Fault, gateRule } from "./rule.ts";
import { inWords } from "./token.ts";

export const illegalCharacter = gateRule({
  id: "illegal_filesystem_character",
  mayBeHard: true,
  title: "A name holds what Windows shares cannot store",
  why: "the copy fails there, or the name is changed without a word",
  fix: 'Rename it without control characters, : " \\ | ? * and without a dot or space at its end.',
  judges: {
    // deno-lint-ignore no-control-regex
    name: { minds: /[\u0000-\u001f\u007f-\u009f:"\\|?*<>]|[. ]$/, judge: illegalIn },
  },
});

/** Unicode's control characters (Cc: NUL is among them) and the six characters of the table. */
const ILLEGAL = /[\p{Cc}:"\\|?*]/gu;

/** With `windowsNames` also a `<` or `>` that is no part of a placeholder. */
function illegalIn(name: string, { windowsNames }: GateSettings): Fault | null {
  const illegal = [...name.matchAll(ILLEGAL)].map((match) => match[0]);
  if (windowsNames) illegal.push(...loneBrackets(name));
  const last = name.at(-1);
  const trailing = last === "." || last === " " ? last : undefined;
  const token = illegal[0] ?? trailing;
  if (token === undefined) return null;
  return { tier: "hard", token, detail: detailOf(illegal, trailing) };
}

/** Angle brackets outside placeholders; those inside are the placeholder rule's. */
function loneBrackets(name: string): string[] {
  let rest = name;
  for (const { token } of placeholdersIn(name)) rest = rest.replace(token, "");
  return [...rest].filter((character) => character === "<" || character === ">");
}

function detailOf(illegal: readonly string[], trailing: string | undefined): string {
  const parts: string[] = [];
  if (illegal.length > 0) parts.push(`holds ${inWords(illegal)}`);
  if (trailing !== undefined) parts.push(`ends with a ${trailing === "." ? "dot" : "space"}`);
  return `the name ${parts.join(" and ")}, which Windows shares cannot store`;
}
