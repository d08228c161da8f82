/** What a run or a place comes to, in its words and its tone. The words alone say it too. */
import type { Drawing } from "../drawing.ts";
import type { Stage } from "../../../control/mod.ts";

export function Badge({ words, tone }: Stage): Drawing {
  return <span class="badge" data-tone={tone}>{words}</span>;
}
