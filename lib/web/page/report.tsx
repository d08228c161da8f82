/** One living report, to be read and written on. */
import { raw } from "hono/html";
import * as z from "zod";
import { counted, formatBytes } from "../../base/mod.ts";
import { INSIGHT_WEIGHTS } from "../../control/mod.ts";
import {
  addNote,
  contentHtml,
  type ShownInsight,
  type ShownReport,
  type ShownSection,
  showReport,
} from "../../reports/mod.ts";
import type { Drawing } from "./drawing.ts";
import { longText, operator } from "./forms.ts";
import { action, type Asked, type Drawn, type Page } from "./page.ts";
import { PersonForm, SIGNATURE } from "./parts/action_form.tsx";
import { Badge } from "./parts/badge.tsx";
import { Lines, Name } from "./parts/name.tsx";
import { Time } from "./parts/time.tsx";
import { forgetChain } from "./report/chain_look.ts";
import { drawnReport, findReport, openReport } from "./report/frame.tsx";

/** The newest of a section, and of all: the whole report is a link away. */
const MOST_OF_SECTION = 30;
const MOST_SECTIONS = 12;

const noteForm = z.object({
  operator,
  text: longText,
  about: z.string().max(200).default(""),
});

export const reportPage: Page = {
  path: "/reports/:id",
  draw,
  actions: {
    note: action(noteForm, async (asked, { operator: author, text, about }) => {
      const { store, report } = await findReport(asked);
      const draft = { text, author, ...(about === "" ? {} : { about }) };
      await report.change(addNote(draft), { actor: "human" });
      forgetChain(store, report.id);
      return { said: ["The note is in the report, with your name."] };
    }),
  },
};

async function draw(asked: Asked): Promise<Drawn> {
  const opened = await openReport(asked);
  const { outline } = opened;
  const shown = outline === null ? null : showReport(outline);
  const children = shown === null ? null : (
    <>
      <Figures shown={shown} />
      <div class="report-act">
        <NoteForm asked={asked} shown={shown} />
      </div>
      {shown.sections.length === 0
        ? <p class="empty">Nothing was written here yet.</p>
        : shown.sections.toReversed().slice(0, MOST_SECTIONS).map((section) => (
          <SectionPart section={section} now={asked.now} />
        ))}
      {shown.sections.length > MOST_SECTIONS
        ? (
          <p class="soft report-rest">
            {counted(shown.sections.length - MOST_SECTIONS, "older section")}:{" "}
            <a href={`/api/v1/reports/${opened.report.id}/html`} target="_blank" rel="noopener">
              the whole report
            </a>
          </p>
        )
        : null}
    </>
  );
  return drawnReport({ asked, opened, part: "", children });
}

function Figures({ shown }: { readonly shown: ShownReport }): Drawing {
  const { figures: { runs, files, bytes, proven, failed }, outline } = shown;
  const told = runs === 0 ? [] : [
    `${counted(runs, "run")} with ${counted(files, "file")}, ${formatBytes(bytes)}`,
    `${proven.toLocaleString("en")} proven`,
    ...(failed === 0 ? [] : [`${failed.toLocaleString("en")} failed or damaged`]),
  ];
  return <p class="soft">{[...told, `version ${outline.outline_version}`].join(" · ")}</p>;
}

function NoteForm({ asked, shown }: { readonly asked: Asked; readonly shown: ShownReport }) {
  const recent = shown.sections.toReversed().slice(0, MOST_SECTIONS)
    .flatMap(({ insights }) => insights.filter(({ isRun }) => isRun).slice(-MOST_OF_SECTION))
    .slice(0, MOST_OF_SECTION);
  return (
    <PersonForm
      asked={asked}
      action="note"
      opens="Add a note …"
      sends="Add the note"
      fields={[SIGNATURE, {
        name: "about",
        label: "About",
        kind: "select",
        options: [
          ["", "the report as a whole"],
          ...recent.map(({ id, heading }) => [id, shortened(heading)] as const),
        ],
      }, { name: "text", label: "Note", kind: "long", required: true }]}
      note="Kept in the report's history, with your name."
    />
  );
}

function SectionPart({ section, now }: { readonly section: ShownSection; readonly now: Date }) {
  const { section: { section_id, title, notes }, insights } = section;
  const shown = insights.slice(-MOST_OF_SECTION);
  const content = contentHtml(section.section);
  const titleId = `section-${section_id.replaceAll(/[^0-9A-Za-z-]/g, "")}`;
  return (
    <section class="panel" data-key={titleId} aria-labelledby={titleId}>
      <div class="panel-head">
        <h2 id={titleId}>
          <Name text={title} />
        </h2>
        {insights.length > shown.length
          ? <span class="soft">the last {shown.length} of {insights.length}</span>
          : null}
      </div>
      <div class="card report-text">
        {content === "" ? null : <div class="prose">{raw(content)}</div>}
        {notes
          ? (
            <p>
              <Lines text={notes} />
            </p>
          )
          : null}
        {shown.map((insight) => <InsightPart insight={insight} now={now} />)}
      </div>
    </section>
  );
}

function InsightPart({ insight, now }: { readonly insight: ShownInsight; readonly now: Date }) {
  const { id, heading, lines, isRun, author, at, weight, sources } = insight;
  const mark = isRun ? INSIGHT_WEIGHTS[weight] : null;
  return (
    <article data-key={`insight-${id}`} class={isRun ? undefined : "said"}>
      {isRun
        ? (
          <>
            <h3>
              <Name text={heading} /> {mark ? <Badge {...mark} /> : null}
            </h3>
            <ul class="names">
              {lines.map((line) => (
                <li>
                  <Name text={line} />
                </li>
              ))}
            </ul>
          </>
        )
        : (
          <p>
            <Lines text={[heading, ...lines].join("\n")} />
          </p>
        )}
      {author === null
        ? sources.map((source) => (
          <p class="soft where">
            <Name text={source} />
          </p>
        ))
        : (
          <p class="soft where">
            <Name text={author} />, <Time at={at} now={now} />
          </p>
        )}
    </article>
  );
}

function shortened(text: string): string {
  const signs = [...text];
  return signs.length <= 80 ? text : `${signs.slice(0, 79).join("")}…`;
}
