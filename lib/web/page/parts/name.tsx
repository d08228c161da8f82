/** A name of a file, a run or a person: set apart from the sentence around it, whatever script it is in. */
import type { Drawing } from "../drawing.ts";
import { printable } from "../../../gate/mod.ts";

/** What cannot be seen in a name is written out: it may be just what is wrong with it. */
export function Name(
  { text, code = false }: { readonly text: string; readonly code?: boolean },
): Drawing {
  return <bdi class={code ? "name code" : "name"}>{printable(text)}</bdi>;
}
