/** The first page: the answer, what each instrument does, and all runs. */
import * as z from "zod";
import {
  type Answer,
  durationWords,
  type HomeView,
  type LaneView,
  manyOf,
  plainWords,
} from "../../control/mod.ts";
import { ORDER_WORDS, OUTCOME_WORDS, resumedWords, STATE_WORDS } from "../../control/mod.ts";
import { action, type Asked, type Drawn, type Page } from "./page.ts";
import { nothing, path } from "./forms.ts";
import { Acquiring } from "./home/acquiring.tsx";
import { NotLookedAfter } from "./home/not_looked_after.tsx";
import { Lately } from "./home/lately.tsx";
import { ActionButton } from "./parts/action_form.tsx";
import { Badge } from "./parts/badge.tsx";
import { FilterForm } from "./parts/filter_form.tsx";
import { Name } from "./parts/name.tsx";
import { Pager, pathWith } from "./parts/pager.tsx";
import { Panel } from "./parts/panel.tsx";
import { Place } from "./parts/place.tsx";
import { Progress } from "./parts/progress.tsx";
import { RunTable } from "./parts/run_table.tsx";
import { Said, Time, timeWords } from "./parts/time.tsx";

/** Runs on one page of the list. */
const PAGE_RUNS = 25;

const scope = z.object({ equipment: z.string().min(1).max(64).default("*") });
const runPath = z.object({ run: path.min(1) });
const scopeWords = (equipment: string) => equipment === "*" ? "Everything" : equipment;

export const homePage: Page = {
  path: "/",
  nav: "Runs",
  draw,
  actions: {
    pause: action(scope, async ({ house }, { equipment }) => {
      await house.control.pause(equipment);
      return { said: [`${scopeWords(equipment)} is paused; what waits stays on this PC.`] };
    }),
    resume: action(scope, async ({ house }, { equipment }) => {
      await house.control.resume(equipment);
      const { paused } = await house.control.status();
      return { said: [`${resumedWords(equipment, paused)}.`] };
    }),
    "retry-all": action(nothing, async ({ house }) => {
      const { jobs, skipped } = await house.control.retryAll();
      const left = skipped.length > 0
        ? ` ${manyOf(skipped.length, "run")} with lost files wait for a word of their own.`
        : "";
      return { said: [`${manyOf(jobs.length, "run")} will be tried again.${left}`] };
    }),
    dismiss: action(runPath, async ({ house }, { run }) => {
      await house.control.dismiss(run);
      return { said: ["The run is left alone as it is, until something is written in it."] };
    }),
    complete: action(runPath, async ({ house }, { run }) => {
      const { job, settle_seconds } = await house.control.complete(run);
      const said = job
        ? "The run is taken into the queue."
        : `The run is taken as soon as nothing in it has changed for ${
          durationWords(settle_seconds)
        }.`;
      return { said: [said] };
    }),
  },
};

async function draw(asked: Asked): Promise<Drawn> {
  const { house, query, now } = asked;
  const [home, pace, filters, list] = await Promise.all([
    house.reading.home(),
    house.reading.pace(),
    house.reading.filters(),
    house.reading.runs({ ...askedOf(query), limit: PAGE_RUNS }),
  ]);
  const { answer } = home;
  const at = (time: string) => timeWords(new Date(time), { now });
  return {
    title: plainWords(answer.words, at),
    tone: answer.tone,
    body: (
      <>
        <AnswerCard answer={answer} />
        <Counts home={home} query={query} />
        <Panel
          id="instruments"
          title="Instruments"
          aside={<PauseAll asked={asked} paused={home.paused} />}
        >
          <ul class="lanes">
            {home.lanes.map((lane) => <Lane asked={asked} lane={lane} paused={home.paused} />)}
          </ul>
        </Panel>
        {home.acquiring.length > 0 ? <Acquiring asked={asked} acquiring={home.acquiring} /> : null}
        {home.notLookedAfter.length > 0 ? <NotLookedAfter there={home.notLookedAfter} /> : null}
        <Lately pace={pace} now={now} />
        <Panel
          id="runs"
          title="Runs"
          aside={home.mayRetry
            ? <ActionButton asked={asked} action="retry-all" words="Retry all" />
            : null}
        >
          <FilterForm
            path="/"
            query={query}
            fields={[
              { name: "search", label: "Search", kind: "search" },
              { name: "outcome", label: "Show", kind: "select", options: OUTCOMES },
              {
                name: "equipment",
                label: "Instrument",
                kind: "select",
                options: [["", "all"], ...filters.equipment.map((id) => [id, id] as const)],
              },
              {
                name: "order",
                label: "Order",
                kind: "select",
                options: Object.entries(ORDER_WORDS),
              },
            ]}
            more={[
              { name: "project", label: "Project", kind: "text", known: filters.projects },
              { name: "state", label: "State", kind: "select", options: STATES },
              { name: "from", label: "From", kind: "date" },
              { name: "until", label: "Until", kind: "date" },
            ]}
          />
          {list.runs.length === 0 ? <p class="empty">{emptyWords(query, home)}</p> : (
            <>
              <RunTable runs={list.runs} now={now} caption="Runs" />
              <p class="total">{manyOf(list.total, "run")}</p>
              <Pager path="/" query={query} previous={list.previous} next={list.next} />
            </>
          )}
        </Panel>
      </>
    ),
  };
}

const FILTERS = [
  "search",
  "outcome",
  "equipment",
  "order",
  "project",
  "state",
  "from",
  "until",
  "cursor",
];
const OUTCOMES = [
  ["", "all"],
  ...Object.entries(OUTCOME_WORDS).map(([outcome, { words }]) => [outcome, words] as const),
] as const;
const STATES = [
  ["", "any"],
  ...Object.entries(STATE_WORDS).map(([state, { words }]) =>
    [state, state === "cleanup_eligible" ? "safe, local copy may go" : words] as const
  ),
] as const;

/** Of the query, what the list knows; an empty field of a form asks for nothing. */
function askedOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...query].filter(([name, value]) => FILTERS.includes(name) && value !== ""),
  );
}

function emptyWords(query: URLSearchParams, { counts }: HomeView): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all === 0) return "A run appears here as soon as it is complete.";
  return Object.keys(askedOf(query)).length > 0
    ? "No run fits. Show all, or ask for less."
    : "No runs.";
}

function AnswerCard({ answer }: { readonly answer: Answer }) {
  const { tone, sign, words, more, next } = answer;
  return (
    <section class="answer" data-key="answer" data-tone={tone} aria-live="polite">
      <span class="sign" aria-hidden="true">{sign}</span>
      <div>
        <h1>
          <Said words={words} />
        </h1>
        {more.map((sentence) => (
          <p>
            <Said words={sentence} />
          </p>
        ))}
        {next === null ? null : (
          <p class="next">
            <Next next={next} />
          </p>
        )}
      </div>
    </section>
  );
}

function Next({ next }: { readonly next: NonNullable<Answer["next"]> }) {
  if (next.show === null || next.show === "storage") return <>{next.words}</>;
  return <a href={`/?outcome=${next.show}#runs`}>{next.words}</a>;
}

/** How many are where; each number leads to its runs. */
function Counts({ home, query }: { readonly home: HomeView; readonly query: URLSearchParams }) {
  const shown = Object.entries(OUTCOME_WORDS).filter(([outcome]) =>
    home.counts[outcome as keyof HomeView["counts"]] > 0
  );
  if (shown.length < 2) return null;
  return (
    <ul class="counts" aria-label="Runs by what they come to" data-key="counts">
      {shown.map(([outcome, { words, tone }]) => (
        <li data-tone={tone}>
          <a
            href={`${pathWith({ path: "/" }, { outcome })}#runs`}
            aria-current={query.get("outcome") === outcome ? "true" : undefined}
          >
            <b>{home.counts[outcome as keyof HomeView["counts"]].toLocaleString("en")}</b> {words}
          </a>
        </li>
      ))}
    </ul>
  );
}

function PauseAll(
  { asked, paused }: { readonly asked: Asked; readonly paused: readonly string[] },
) {
  const isPaused = paused.includes("*");
  return (
    <ActionButton
      asked={asked}
      action={isPaused ? "resume" : "pause"}
      words={isPaused ? "Resume all" : "Pause all"}
      part="pause"
    />
  );
}

function Lane(
  { asked, lane, paused }: {
    readonly asked: Asked;
    readonly lane: LaneView;
    readonly paused: readonly string[];
  },
) {
  const isPausedItself = paused.includes(lane.equipmentId);
  // Where everything is paused, to resume one that is not paused by itself would change nothing.
  const words = isPausedItself ? "Resume" : lane.isPaused ? "Pause too" : "Pause";
  const { equipmentId, label, tone, doing, work, destination, disk, heardAt, trouble } = lane;
  return (
    <li class="lane" data-key={`lane-${equipmentId}`} data-tone={tone}>
      <div class="lane-name">
        <strong>
          <Name text={label} />
        </strong>
        {label === equipmentId ? null : <span class="where">{equipmentId}</span>}
      </div>
      <div class="lane-doing">
        {work
          ? (
            <a href={`/runs/${work.jobId}`}>
              <Name text={work.name} />
            </a>
          )
          : null}
        <span class="doing">
          <Said words={doing} />
        </span>
        {work?.progress
          ? (
            <Progress
              done={work.progress.bytes_done}
              total={work.progress.bytes_total}
              label={`${work.name}: ${work.words}`}
            />
          )
          : null}
        {trouble.map((sentence) => (
          <p class="trouble">
            <Said words={sentence} />
          </p>
        ))}
      </div>
      <div class="lane-place">
        <Badge words={destination.words} tone={destination.tone} />
        <Place text={destination.address} />
      </div>
      <div class="lane-facts">
        {disk
          ? (
            <span data-tone={disk.tone}>
              Disk: <Said words={disk.words} />
            </span>
          )
          : null}
        <span>
          {heardAt
            ? (
              <>
                Last heard of <Time at={heardAt} now={asked.now} />
              </>
            )
            : "Nothing heard of yet"}
        </span>
      </div>
      <div class="lane-act">
        <ActionButton
          asked={asked}
          action={isPausedItself ? "resume" : "pause"}
          words={words}
          part="pause"
          label={`${words} ${equipmentId}`}
          values={{ equipment: equipmentId }}
          quiet
        />
      </div>
    </li>
  );
}
