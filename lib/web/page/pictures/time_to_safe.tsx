/** How soon runs are safe after they came. */
import { durationWords, manyOf, type TimeToSafe } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { BAR_TALL, Bars, Picture } from "../parts/picture.tsx";

/** `half of them safe within 4 min, nine of ten within 12 min`; null where nobody can say. */
export function safeWords({ half_seconds, most_seconds, runs }: TimeToSafe): string | null {
  if (half_seconds === null || most_seconds === null) return null;
  if (runs === 1) return `one run, safe after ${durationWords(half_seconds)}`;
  return `half of ${manyOf(runs, "run")} within ${
    durationWords(half_seconds)
  }, nine of ten within ${durationWords(most_seconds)}`;
}

export function TimeToSafePicture({ safe }: { readonly safe: TimeToSafe }): Drawing {
  const { bounds, counts, days } = safe;
  const names = counts.map((_, i) => nameOf(bounds, i));
  return (
    <Picture
      id="time-to-safe"
      title="Time to safe"
      words={safeWords(safe) ?? `no run became safe in the last ${days} days`}
      viewBox={`0 0 ${counts.length} ${BAR_TALL}`}
      axis={[names[0]!, names.at(-1)!]}
      table={safe.runs === 0 ? null : {
        head: ["From came to safe", "Runs"],
        rows: counts.map((count, i) => [names[i]!, count.toLocaleString("en")]),
      }}
    >
      <Bars
        values={counts}
        titles={counts.map((count, i) => `${names[i]}: ${manyOf(count, "run")}`)}
      />
    </Picture>
  );
}

function nameOf(bounds: readonly number[], place: number): string {
  const bound = bounds[place];
  return bound === undefined ? `> ${short(bounds.at(-1)!)}` : `≤ ${short(bound)}`;
}

function short(seconds: number): string {
  return seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`;
}
