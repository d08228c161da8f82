/** What was sent in the last day, and how many runs waited, by the hour. */
import { formatBytes } from "../../../base/mod.ts";
import { manyOf, type PaceHour } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { BAR_TALL, Bars, Picture, type PictureTable } from "../parts/picture.tsx";
import { Time, timeWords } from "../parts/time.tsx";

export interface LastDayProps {
  /** Oldest first; the last is the one that runs. */
  readonly hours: readonly PaceHour[];
  readonly now: Date;
  /** Small, without a table, as an aside on another page. */
  readonly isSmall?: boolean;
}

export function SentPicture({ hours, now, isSmall = false }: LastDayProps): Drawing {
  const bytes = hours.map(({ sent_bytes }) => sent_bytes);
  const total = bytes.reduce((sum, one) => sum + one, 0);
  const busiest = hours.reduce((a, b) => b.sent_bytes > a.sent_bytes ? b : a);
  return (
    <Picture
      id="sent"
      title="Sent"
      words={total === 0 ? "nothing in the last 24 hours" : (
        <>
          {formatBytes(total)} in the last 24 hours
          {isSmall ? null : (
            <>
              , the most in the hour from <Time at={busiest.from} now={now} />:{" "}
              {formatBytes(busiest.sent_bytes)}
            </>
          )}
        </>
      )}
      viewBox={viewBoxOf(hours)}
      axis={axisOf(hours, now)}
      table={isSmall ? null : tableOf(hours, now, {
        what: "Sent",
        value: ({ sent_bytes }) => sent_bytes,
        words: formatBytes,
      })}
    >
      <Bars
        values={bytes}
        titles={isSmall
          ? null
          : hours.map((hour) => `${clock(hour, now)}: ${formatBytes(hour.sent_bytes)}`)}
      />
    </Picture>
  );
}

export function WaitingPicture({ hours, now }: LastDayProps): Drawing {
  const waiting = hours.map((hour) => hour.waiting);
  const most = Math.max(...waiting);
  return (
    <Picture
      id="waiting"
      title="Waiting"
      words={most === 0
        ? "nothing waited in the last 24 hours"
        : `at most ${manyOf(most, "run")} at a time in the last 24 hours, ${
          waiting.at(-1)!.toLocaleString("en")
        } in this hour`}
      viewBox={viewBoxOf(hours)}
      axis={axisOf(hours, now)}
      table={tableOf(hours, now, {
        what: "Waiting, at most",
        value: (hour) => hour.waiting,
        words: (count) => count.toLocaleString("en"),
      })}
    >
      <Bars
        values={waiting}
        titles={hours.map((hour) => `${clock(hour, now)}: ${manyOf(hour.waiting, "run")}`)}
      />
    </Picture>
  );
}

function viewBoxOf(hours: readonly PaceHour[]): string {
  return `0 0 ${hours.length} ${BAR_TALL}`;
}

function axisOf(hours: readonly PaceHour[], now: Date) {
  const middle = hours[Math.floor(hours.length / 2)]!;
  return [<Time at={hours[0]!.from} now={now} />, <Time at={middle.from} now={now} />, "now"];
}

/** Only hours in which there was something: the others are the same. */
function tableOf(
  hours: readonly PaceHour[],
  now: Date,
  { what, value, words }: {
    readonly what: string;
    readonly value: (hour: PaceHour) => number;
    readonly words: (value: number) => string;
  },
): PictureTable | null {
  const rows = hours.filter((hour) => value(hour) > 0)
    .map((hour) => [<Time at={hour.from} now={now} />, words(value(hour))]);
  return rows.length === 0 ? null : { head: ["Hour from", what], rows };
}

function clock({ from }: PaceHour, now: Date): string {
  return timeWords(new Date(from), { now });
}
