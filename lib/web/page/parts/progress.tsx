/** How far something is. */
import { printable } from "../../../gate/mod.ts";
import type { Drawing } from "../drawing.ts";
export function Progress(
  { done, total, label }: { readonly done: number; readonly total: number; readonly label: string },
): Drawing {
  const max = Math.max(1, total);
  return <progress value={Math.min(done, max)} max={max} aria-label={printable(label)}></progress>;
}
