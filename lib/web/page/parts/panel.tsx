/** A part of a page under a heading of its own. */
import type { Child } from "hono/jsx";
import type { Drawing } from "../drawing.ts";

export interface PanelProps {
  /** Names the part for the live script, and for a link to it. */
  readonly id: string;
  readonly title: string;
  /** Beside the heading: what can be done with all of it. */
  readonly aside?: Child;
  readonly children?: Child;
}

export function Panel({ id, title, aside, children }: PanelProps): Drawing {
  return (
    <section class="panel" id={id} data-key={id} aria-labelledby={`${id}-title`}>
      <div class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside ? <div class="actions">{aside}</div> : null}
      </div>
      {children}
    </section>
  );
}
