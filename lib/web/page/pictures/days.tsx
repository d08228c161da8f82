/** Data and runs by day: the last weeks as a calendar, or the last fortnight as bars. */
import { formatBytes } from "../../../base/mod.ts";
import { manyOf, OUTCOME_WORDS, type PaceDay } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { BAR_TALL, Bars, Picture } from "../parts/picture.tsx";

const CELL = 12;
const STEP = 14;
/** Room for the names of the days, and of the months. */
const LEFT = 20;
const TOP = 11;
const DEPTHS = 4;
const WEEK = ["Mon", "", "Wed", "", "Fri", "", ""];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Oldest first; the last is today. */
export function Calendar({ days }: { readonly days: readonly PaceDay[] }): Drawing {
  const cells = cellsOf(days);
  const columns = cells.at(-1)!.column + 1;
  const most = Math.max(1, ...days.map(({ bytes }) => bytes));
  const some = days.filter((day) => day.bytes > 0 || runsOf(day) > 0);
  return (
    <Picture
      id="calendar"
      title="By day"
      words={calendarWords(days)}
      viewBox={`0 0 ${LEFT + columns * STEP} ${TOP + 7 * STEP}`}
      isRigid
      table={some.length === 0 ? null : {
        head: ["Day", "Data", "Runs that came"],
        rows: some.toReversed().map((day) => [
          <a href={`/?from=${day.day}&until=${day.day}#runs`}>{day.day}</a>,
          formatBytes(day.bytes),
          runWords(day),
        ]),
      }}
    >
      {WEEK.map((name, row) =>
        name === "" ? null : <text x={0} y={TOP + row * STEP + 10}>{name}</text>
      )}
      {monthsOf(cells).map(({ name, column }) => <text x={LEFT + column * STEP} y={8}>{name}
      </text>)}
      {cells.map(({ day, column, row }) => (
        <Cell day={day} x={LEFT + column * STEP} y={TOP + row * STEP} part={day.bytes / most} />
      ))}
    </Picture>
  );
}

function Cell(
  { day, x, y, part }: {
    readonly day: PaceDay;
    readonly x: number;
    readonly y: number;
    readonly part: number;
  },
): Drawing {
  const depth = part === 0 ? 0 : Math.min(DEPTHS, 1 + Math.floor(Math.sqrt(part) * DEPTHS));
  const { attention } = day.runs;
  return (
    <g>
      <title>{`${day.day}: ${formatBytes(day.bytes)}, ${runWords(day)}`}</title>
      <rect x={x} y={y} width={CELL} height={CELL} rx={2} class={`day depth-${depth}`} />
      {attention > 0
        ? <path class="needs" d={`M${x + 6} ${y + 2.5}v4.5M${x + 6} ${y + 8.7}v1`} />
        : isOpen(day)
        ? <circle class="open" cx={x + 6} cy={y + 6} r={2} />
        : null}
    </g>
  );
}

function isOpen({ runs }: PaceDay): boolean {
  return runs.on_the_way + runs.handed_over + runs.not_proven > 0;
}

interface PlacedDay {
  readonly day: PaceDay;
  readonly column: number;
  /** 0 is a Monday. */
  readonly row: number;
}

function cellsOf(days: readonly PaceDay[]): PlacedDay[] {
  const first = weekdayOf(days[0]!);
  return days.map((day, i) => ({
    day,
    column: Math.floor((i + first) / 7),
    row: (i + first) % 7,
  }));
}

function weekdayOf({ day }: PaceDay): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** Above the week in which a month begins; none at the right end, where it would be cut. */
function monthsOf(cells: readonly PlacedDay[]): { name: string; column: number }[] {
  const last = cells.at(-1)!.column;
  return cells.filter(({ day, column }) => day.day.endsWith("-01") && column < last)
    .map(({ day, column }) => ({ name: MONTHS[Number(day.day.slice(5, 7)) - 1]!, column }));
}

function calendarWords(days: readonly PaceDay[]): string {
  const runs = days.reduce((sum, day) => sum + runsOf(day), 0);
  const weeks = Math.round(days.length / 7);
  if (runs === 0) return `no run came in the last ${weeks} weeks`;
  const bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  const needing = days.filter((day) => day.runs.attention > 0).length;
  const attention = needing === 0 ? "" : `; of ${manyOf(needing, "day")} a run needs you (!)`;
  return `${manyOf(runs, "run")}, ${
    formatBytes(bytes)
  } in the last ${weeks} weeks; the stronger the colour, the more${attention}`;
}

function runsOf({ runs }: PaceDay): number {
  return Object.values(runs).reduce((sum, count) => sum + count, 0);
}

/** `3 safe, 1 need you`. */
function runWords({ runs }: PaceDay): string {
  const parts = Object.entries(OUTCOME_WORDS).flatMap(([outcome, { words }]) => {
    const count = runs[outcome as keyof typeof runs];
    return count > 0 ? [`${count.toLocaleString("en")} ${words}`] : [];
  });
  return parts.length === 0 ? "no run" : parts.join(", ");
}

/** Data of the last days as bars. */
export function DaysPicture(
  { days, isSmall = false }: { readonly days: readonly PaceDay[]; readonly isSmall?: boolean },
): Drawing {
  const bytes = days.map((day) => day.bytes);
  const total = bytes.reduce((sum, one) => sum + one, 0);
  const rows = days.filter((day) => day.bytes > 0).toReversed()
    .map((day) => [day.day, formatBytes(day.bytes)]);
  return (
    <Picture
      id="days"
      title="Came"
      words={`${total === 0 ? "nothing" : formatBytes(total)} in the last ${days.length} days`}
      viewBox={`0 0 ${days.length} ${BAR_TALL}`}
      axis={[shortDay(days[0]!), "today"]}
      table={isSmall || rows.length === 0 ? null : { head: ["Day", "Data"], rows }}
    >
      <Bars
        values={bytes}
        titles={isSmall ? null : days.map((day) => `${shortDay(day)}: ${formatBytes(day.bytes)}`)}
      />
    </Picture>
  );
}

function shortDay({ day }: PaceDay): string {
  const [, month, date] = day.split("-").map(Number) as [number, number, number];
  return `${date} ${MONTHS[month - 1]}`;
}
