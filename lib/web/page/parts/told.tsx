/** A sentence of ours, in which what stands between backticks is something to type. */
import type { Drawing } from "../drawing.ts";
import { printable } from "../../../gate/mod.ts";

export function Told({ text }: { readonly text: string }): Drawing {
  const parts = text.split(/`([^`]+)`/);
  return (
    <>
      {parts.map((part, i) =>
        i % 2 === 1 ? <code>{printable(part)}</code> : <>{printable(part)}</>
      )}
    </>
  );
}
