/**
 * A small picture from the server, for whoever would rather look than read. What it shows is said beside
 * it in a sentence, which is also its name for a screen reader, and in full in a table.
 */
import type { Child } from "hono/jsx";
import type { Drawing } from "../drawing.ts";

export interface PictureProps {
  /** Names it on its page. */
  readonly id: string;
  readonly title: string;
  /** What there is to be seen. */
  readonly words: Child;
  /** Of the drawing, in units of its own: `0 0 24 40`. */
  readonly viewBox: string;
  /** The drawing keeps its proportions; others fill the room they get. */
  readonly isRigid?: boolean;
  /** Below the drawing, from its left end to its right. */
  readonly axis?: readonly Child[];
  /** The same, as numbers; null for what the sentence says whole. */
  readonly table?: PictureTable | null;
  readonly children?: Child;
}

export interface PictureTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Child[])[];
}

export function Picture(props: PictureProps): Drawing {
  const { id, title, words, viewBox, isRigid = false, axis = [], table = null, children } = props;
  return (
    <figure class={isRigid ? "picture rigid" : "picture"} data-key={`picture-${id}`}>
      <figcaption id={`${id}-said`}>
        <b>{title}</b> <span>{words}</span>
      </figcaption>
      <svg
        viewBox={viewBox}
        preserveAspectRatio={isRigid ? undefined : "none"}
        role="img"
        aria-labelledby={`${id}-said`}
      >
        {children}
      </svg>
      {axis.length === 0
        ? null
        : <p class="axis" aria-hidden="true">{axis.map((text) => <span>{text}</span>)}</p>}
      {table === null ? null : (
        <details data-key={`picture-${id}-table`}>
          <summary>As a table</summary>
          <table>
            <thead>
              <tr>{table.head.map((text) => <th scope="col">{text}</th>)}</tr>
            </thead>
            <tbody>
              {table.rows.map(([first, ...rest]) => (
                <tr>
                  <th scope="row">{first}</th>
                  {rest.map((text) => <td>{text}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </figure>
  );
}

/** How tall bars are drawn, in the units of their drawing. */
export const BAR_TALL = 40;

/** Bars side by side, a unit wide each, the greatest as tall as the drawing. */
export function Bars(
  { values, titles = null }: {
    readonly values: readonly number[];
    /** Shown under the pointer; without them all bars are one shape, which takes less. */
    readonly titles?: readonly string[] | null;
  },
): Drawing {
  const most = Math.max(1, ...values);
  const shapes = values.map((value, i) => value > 0 ? barShape(i, value / most) : "");
  return (
    <>
      <path class="ground" d={`M0 ${BAR_TALL}h${values.length}`} />
      {titles === null
        ? <path class="bar" d={shapes.join("")} />
        : shapes.map((shape, i) =>
          shape === "" ? null : (
            <path class="bar" d={shape}>
              <title>{titles[i]}</title>
            </path>
          )
        )}
    </>
  );
}

/** What there is of is seen, however little it is. */
function barShape(place: number, part: number): string {
  const tall = Math.max(1.5, part * (BAR_TALL - 1));
  return `M${place + 0.1} ${BAR_TALL}v-${tall.toFixed(1)}h.8v${tall.toFixed(1)}z`;
}
