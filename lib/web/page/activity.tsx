/** What happened to all runs, the newest first: narrowed by what it is about, kind, instrument and day. */
import { LabferryError, lookUp } from "../../base/mod.ts";
import {
  ABOUT_WORDS,
  type ActivityFilter,
  type ActivityListView,
  type ActivityView,
  dayMs,
  EVENT_WORDS,
  eventSentence,
  eventTone,
  isAbout,
  kindsAbout,
  lastPart,
  type PaceView,
} from "../../control/mod.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { FilterForm } from "./parts/filter_form.tsx";
import { Name } from "./parts/name.tsx";
import { Pager, pathWith } from "./parts/pager.tsx";
import { Said, Time } from "./parts/time.tsx";
import { Calendar } from "./pictures/days.tsx";
import { SentPicture, WaitingPicture } from "./pictures/last_day.tsx";
import { TimeToSafePicture } from "./pictures/time_to_safe.tsx";

const PAGE_EVENTS = 50;

export const activityPage: Page = { path: "/activity", nav: "Activity", draw };

async function draw({ house, path, query, now }: Asked): Promise<Drawn> {
  const asked = askedOf(query);
  const isFiltered = FILTERS.some((name) => (query.get(name) ?? "") !== "");
  const [filters, list, pace] = await Promise.all([
    house.reading.filters(),
    house.lists?.activity(asked) ?? NOTHING,
    // Whoever looks for something looks at the list.
    isFiltered ? null : house.reading.pace(),
  ]);
  const next = list.next === null ? null : String(list.next);
  return {
    title: "Activity",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Activity</h1>
          <p class="soft">
            What happened to all runs, the newest first. Nothing of it is ever changed.
          </p>
        </div>
        {pace ? <Pictures pace={pace} now={now} /> : null}
        <FilterForm
          path={path}
          query={query}
          fields={[
            {
              name: "about",
              label: "Show",
              kind: "select",
              options: [["", "everything"], ...Object.entries(ABOUT_WORDS)],
            },
            {
              name: "equipment",
              label: "Instrument",
              kind: "select",
              options: [["", "all"], ...filters.equipment.map((id) => [id, id] as const)],
            },
            { name: "day", label: "Day", kind: "date" },
          ]}
          more={[{ name: "kind", label: "Only", kind: "select", options: KINDS }]}
        />
        {list.events.length === 0
          ? <Nothing query={query} next={next} path={path} isFiltered={isFiltered} />
          : <Events events={list.events} now={now} />}
        <Pager path={path} query={query} name="before" previous={null} next={next} />
      </>
    ),
  };
}

function Pictures({ pace, now }: { readonly pace: PaceView; readonly now: Date }): Drawing {
  const { hours, days, time_to_safe } = pace;
  return (
    <section class="pictures" data-key="pictures" aria-label="The last day and weeks">
      <SentPicture hours={hours} now={now} />
      <WaitingPicture hours={hours} now={now} />
      <TimeToSafePicture safe={time_to_safe} />
      <Calendar days={days} />
    </section>
  );
}

const NOTHING: ActivityListView = { events: [], next: null };

const KINDS = [
  ["", "any kind"],
  ...Object.entries(EVENT_WORDS).toSorted(([, a], [, b]) => a.localeCompare(b)),
] as (readonly [string, string])[];

/** @throws LabferryError `usage` for what is no such thing, day or place in the list */
function askedOf(query: URLSearchParams): ActivityFilter {
  const [about, kind, equipmentId, day, before] = ["about", "kind", "equipment", "day", "before"]
    .map((name) => query.get(name) ?? "") as [string, string, string, string, string];
  if (about !== "" && !isAbout(about)) throw unknown({ about }, Object.keys(ABOUT_WORDS));
  if (kind !== "" && lookUp(EVENT_WORDS, kind) === undefined) {
    throw unknown({ kind }, Object.keys(EVENT_WORDS));
  }
  if (before !== "" && !/^\d{1,15}$/.test(before)) {
    throw unknown({ before }, ["what an earlier page gave"]);
  }
  return {
    limit: PAGE_EVENTS,
    ...(kind !== "" ? { kinds: [kind] } : about !== "" ? { kinds: kindsAbout(about) } : {}),
    ...(equipmentId === "" ? {} : { equipmentId }),
    ...(day === "" ? {} : { from: instant(dayMs(day, 0)), until: instant(dayMs(day, 1)) }),
    ...(before === "" ? {} : { beforeSeq: Number(before) }),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function unknown(said: Readonly<Record<string, string>>, known: readonly string[]): LabferryError {
  const [what, text] = Object.entries(said)[0]!;
  return new LabferryError("usage", `"${text}" is no ${what} of the activity`, {
    why: `known: ${known.join(", ")}`,
    hint: "choose one in the form of the page",
  });
}

function Events(
  { events, now }: { readonly events: readonly ActivityView[]; readonly now: Date },
): Drawing {
  return (
    <table class="runs activity">
      <caption class="unseen">What happened, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Run</th>
          <th scope="col">Instrument</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr data-key={`event-${event.seq}`} data-tone={eventTone(event.kind)}>
            <td class="when">
              <Time at={event.at} now={now} seconds />
            </td>
            <td class="what">
              <Said words={eventSentence(event)} />
            </td>
            <th scope="row">
              <a href={`/runs/${encodeURIComponent(event.job_id)}`}>
                <Name text={lastPart(event.run_path)} />
              </a>
            </th>
            <td data-label="Instrument">
              <Name text={event.equipment_id} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Nothing at all, nothing that fits, or nothing that fits as far as was looked. */
function Nothing(
  { query, next, path, isFiltered }: {
    readonly query: URLSearchParams;
    readonly next: string | null;
    readonly path: string;
    readonly isFiltered: boolean;
  },
): Drawing {
  if (next !== null) {
    return (
      <p class="empty">
        Nothing fits among what was looked at so far.{" "}
        <a href={pathWith({ path, query }, { before: next })}>Look further back</a>
      </p>
    );
  }
  return (
    <p class="empty">
      {isFiltered ? "Nothing fits." : "Nothing happened yet: it begins with the first run."}
    </p>
  );
}

const FILTERS = ["about", "kind", "equipment", "day", "before"];
