/** A run's timeline, its generations and its passes. */
import { counted, formatBytes, strengthWords } from "../../../base/mod.ts";
import { eventSentence, type RunDetail } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";
import { Said, Time } from "../parts/time.tsx";

export interface RunHistoryProps {
  readonly detail: RunDetail;
  readonly now: Date;
}

export function RunHistory({ detail, now }: RunHistoryProps): Drawing {
  const { events, passes, generations } = detail;
  return (
    <Panel id="history" title="History">
      <div class="card">
        <ol class="timeline">
          {events.map((event) => (
            <li data-key={`event-${event.seq}`}>
              <Time at={event.at} now={now} seconds />
              <span>
                <Said words={eventSentence(event)} />
              </span>
            </li>
          ))}
        </ol>
        {passes.length > 0
          ? (
            <details data-key="passes">
              <summary>{counted(passes.length, "comparison")}</summary>
              <ul class="names">
                {passes.map((pass) => (
                  <li data-key={`pass-${pass.id}`}>
                    <Time at={pass.endedAt ?? pass.startedAt} now={now} />: {pass.outcome},{" "}
                    {pass.strength ? strengthWords(pass.strength) : "no strength"},{" "}
                    {pass.matched.toLocaleString("en")} equal
                    {pass.mismatched > 0 ? `, ${pass.mismatched} different` : ""}
                    {pass.missing > 0 ? `, ${pass.missing} missing` : ""}
                  </li>
                ))}
              </ul>
            </details>
          )
          : null}
        {generations.length > 1
          ? (
            <details data-key="generations">
              <summary>{counted(generations.length, "generation")}</summary>
              <ul class="names">
                {generations.map((one) => (
                  <li data-key={`generation-${one.generation}`}>
                    {one.generation}, <Time at={one.sealedAt} now={now} />:{" "}
                    {counted(one.files, "file")}, {formatBytes(one.bytes)};{" "}
                    {one.reason.replaceAll("_", " ")}, by <Name text={one.sealedBy} />
                  </li>
                ))}
              </ul>
            </details>
          )
          : null}
      </div>
    </Panel>
  );
}
