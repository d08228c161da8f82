/** Where something is, on one line: of a long path the end says most. The whole of it is under the pointer. */
import { printable } from "../../../gate/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Name } from "./name.tsx";

/** Signs of a place that fit beside other things. */
const MOST_SIGNS = 34;

export function Place({ text }: { readonly text: string }): Drawing {
  const shown = shortPlace(text);
  return (
    <span class="where" title={shown === text ? undefined : printable(text)}>
      <Name text={shown} />
    </span>
  );
}

/** `…/nas/lab/CONFOCAL_01` of `/tmp/labferry-demo-3f/nas/lab/CONFOCAL_01`: as many folders as fit. */
export function shortPlace(text: string): string {
  if (text.length <= MOST_SIGNS) return text;
  const between = text.includes("/") ? "/" : "\\";
  const folders = text.split(between);
  let end = folders.pop()!;
  while (folders.length > 0 && end.length + folders.at(-1)!.length + 3 <= MOST_SIGNS) {
    end = folders.pop()! + between + end;
  }
  return `…${between}${end}`;
}
