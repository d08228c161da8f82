/** A run's way as a line: what has happened and when, and what comes next when. */
import type { WayStep } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Name } from "../parts/name.tsx";
import { Time } from "../parts/time.tsx";

const SIGNS: Readonly<Record<WayStep["stand"], string>> = {
  done: "✓",
  now: "→",
  next: "…",
  open: "",
  stopped: "!",
};
const SAID: Readonly<Record<WayStep["stand"], string>> = {
  done: "done",
  now: "under way",
  next: "next",
  open: "not yet",
  stopped: "stopped",
};

export function Way(
  { steps, now }: { readonly steps: readonly WayStep[]; readonly now: Date },
): Drawing {
  return (
    <ol class="way" aria-label="The way of the run" data-key="way">
      {steps.map(({ name, words, stand, at, expected, note }) => (
        <li data-key={`way-${name}`} data-stand={stand}>
          <span class="dot" aria-hidden="true">{SIGNS[stand]}</span>
          <strong>{words}</strong>
          <span class="unseen">: {SAID[stand]}</span>
          {at
            ? (
              <span class="when">
                <Time at={at} now={now} />
              </span>
            )
            : null}
          {expected
            ? (
              <span class="when">
                from <Time at={expected} now={now} />
              </span>
            )
            : null}
          {stand === "now" ? <span class="when">under way</span> : null}
          {note
            ? (
              <span class="when">
                <Name text={note} />
              </span>
            )
            : null}
        </li>
      ))}
    </ol>
  );
}
