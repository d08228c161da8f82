/** Runs that are not in the queue as they are now, and a person's word that one is complete. */
import { formatBytes } from "../../../base/mod.ts";
import {
  aheadWords,
  type HomeView,
  lastPart,
  manyOf,
  MOST_LOOKED_AT,
} from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import type { Asked } from "../page.ts";
import { ActionButton } from "../parts/action_form.tsx";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";
import { Place } from "../parts/place.tsx";
import { Time } from "../parts/time.tsx";
import { Told } from "../parts/told.tsx";

/** The folder that it is in: its own name stands beside it. */
function above(path: string): string {
  return path.replace(/[\\/]+[^\\/]*$/, "");
}

/** Runs that are being acquired; a lab has as many as it has instruments. */
const MOST_ACQUIRING = 5;

export function Acquiring(
  { asked, acquiring }: { readonly asked: Asked; readonly acquiring: HomeView["acquiring"] },
): Drawing {
  return (
    <Panel id="acquiring" title="Being acquired">
      <ul class="rows">
        {acquiring.slice(0, MOST_ACQUIRING).map((run) => (
          <li data-key={`acquiring-${run.run_path}`}>
            <div>
              <strong>
                <Name text={lastPart(run.run_path)} />
              </strong>{" "}
              <Place text={run.data_path === run.run_path ? above(run.run_path) : run.data_path} />
              <p class={run.phase === "odd" && !run.dismissed ? "trouble" : "soft"}>
                {formatBytes(run.bytes)} in {manyOf(run.files, "file")}
                {run.ahead === null ? "" : `, ${aheadWords(run)}`}, since{" "}
                <Time at={run.since} now={asked.now} />, changed{" "}
                <Time at={run.changed_at} now={asked.now} />;{" "}
                {run.phase === "odd" ? "not taken: " : "waits for "}
                <Told text={run.waits_for} />
              </p>
              {run.dismissed
                ? (
                  <p class="soft">
                    Left alone, as <Name text={run.dismissed.by} /> said{" "}
                    <Time at={run.dismissed.at} now={asked.now} />; its data is not sent.
                  </p>
                )
                : null}
            </div>
            <ActionButton
              asked={asked}
              action="complete"
              words="It is complete"
              label={`${run.run_path} is complete`}
              values={{ run: run.run_path }}
            />
            {run.phase === "odd" && !run.dismissed
              ? (
                <ActionButton
                  asked={asked}
                  action="dismiss"
                  words="Leave it alone"
                  label={`leave ${run.run_path} alone as it is`}
                  values={{ run: run.run_path }}
                />
              )
              : null}
          </li>
        ))}
      </ul>
      {acquiring.length > MOST_ACQUIRING
        ? (
          <p class="total">
            and {acquiring.length < MOST_LOOKED_AT ? "" : "at least "}
            {manyOf(acquiring.length - MOST_ACQUIRING, "more", "more")}
          </p>
        )
        : null}
    </Panel>
  );
}
