/** A name of a file, a run or a person: set apart from the sentence around it, whatever script it is in. */
import type { Drawing } from "../drawing.ts";
import { printable } from "../../../gate/mod.ts";

/** What cannot be seen in a name is written out: it may be just what is wrong with it. */
export function Name(
  { text, code = false }: { readonly text: string; readonly code?: boolean },
): Drawing {
  return <bdi class={code ? "name code" : "name"}>{printable(text)}</bdi>;
}

/** A text of several lines, as it was written. */
export function Lines({ text }: { readonly text: string }): Drawing {
  const lines = text.split("\n");
  return (
    <>
      {lines.map((line, i) => (
        <>
          {i > 0 ? <br /> : null}
          <Name text={line} />
        </>
      ))}
    </>
  );
}
