/** How much was sent and came lately, and how soon it was safe: quietly, beside what is now. */
import { durationWords, type PaceView } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { DaysPicture } from "../pictures/days.tsx";
import { SentPicture } from "../pictures/last_day.tsx";

/** A fortnight: a week, and one to compare it with. */
const DAYS = 14;

export function Lately(
  { pace, now }: { readonly pace: PaceView; readonly now: Date },
): Drawing | null {
  const { hours, days, time_to_safe } = pace;
  const { half_seconds, most_seconds } = time_to_safe;
  const lately = days.slice(-DAYS);
  const isQuiet = half_seconds === null && lately.every(({ bytes }) => bytes === 0) &&
    hours.every(({ sent_bytes }) => sent_bytes === 0);
  if (isQuiet) return null;
  return (
    <section class="lately" data-key="lately" aria-label="Lately">
      <SentPicture hours={hours} now={now} isSmall />
      <DaysPicture days={lately} isSmall />
      <p>
        {half_seconds === null || most_seconds === null
          ? `No run became safe in the last ${time_to_safe.days} days.`
          : (
            <>
              <b>Safe within {durationWords(half_seconds)}</b>{" "}
              <span>
                after they came: half of the runs of the last {time_to_safe.days}{" "}
                days; nine of ten within {durationWords(most_seconds)}
              </span>
            </>
          )} <a href="/activity">More</a>
      </p>
    </section>
  );
}
