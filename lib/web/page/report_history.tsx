/** What happened to a report, the newest first; each change can be looked at, and gone back from. */
import * as z from "zod";
import { historyPage } from "../report_past.ts";
import type { Drawing } from "./drawing.ts";
import { operator, reason } from "./forms.ts";
import { action, type Asked, type Drawn, type Page } from "./page.ts";
import { PersonForm, REASON, SIGNATURE } from "./parts/action_form.tsx";
import { Name } from "./parts/name.tsx";
import { Pager } from "./parts/pager.tsx";
import { Time } from "./parts/time.tsx";
import { forgetChain } from "./report/chain_look.ts";
import { drawnReport, findReport, openReport } from "./report/frame.tsx";

const PAGE_LINES = 25;

const undoForm = z.object({ action: z.string().min(4).max(200), operator, reason });

export const reportHistoryPage: Page = {
  path: "/reports/:id/history",
  draw,
  actions: {
    undo: action(undoForm, async (asked, { action: id, operator: author, reason: why }) => {
      const { store, report } = await findReport(asked);
      const { event, outline } = await report.revert(id, { actor: "human", author, why });
      forgetChain(store, report.id);
      return {
        said: event === null
          ? ["The report is as it was before that already; nothing was changed."]
          : [
            `It is undone, with your name and your reason. The report is at version ${outline.outline_version} now.`,
          ],
      };
    }),
  },
};

type Line = Awaited<ReturnType<typeof historyPage>>["events"][number];

async function draw(asked: Asked): Promise<Drawn> {
  const opened = await openReport(asked);
  const cursor = asked.query.get("cursor") ?? undefined;
  const { events, next } = await historyPage(opened.report, { limit: PAGE_LINES, cursor });
  const children = (
    <>
      <ul class="rows report-past" data-key="past">
        {events.map((line) => <LinePart asked={asked} id={opened.report.id} line={line} />)}
      </ul>
      <Pager path={asked.path} query={asked.query} previous={null} next={next} />
    </>
  );
  return drawnReport({ asked, opened, part: "History", children });
}

function LinePart(
  { asked, id, line }: { readonly asked: Asked; readonly id: string; readonly line: Line },
): Drawing {
  const { line: number, action_id, at, who, words, version, fault } = line;
  const canBeUndone = action_id !== null && version !== null && version > 1;
  return (
    <li data-key={`line-${number}`}>
      <div>
        <p>
          {who === null ? null : <Name text={who} />}{" "}
          {words === null ? null : <Name text={words} />}
        </p>
        {fault === null ? null : (
          <p class="trouble">
            Line {number}: <Name text={fault} />
          </p>
        )}
        <p class="soft where">
          {at === null ? null : <Time at={at} now={asked.now} seconds />}
          {version === null ? null : <>, version {version}</>}
          {canBeUndone
            ? (
              <>
                {" · "}
                <a href={`/reports/${id}/compare?from=${version - 1}&to=${version}`}>
                  what changed
                </a>
              </>
            )
            : null}
        </p>
      </div>
      {canBeUndone
        ? (
          <PersonForm
            asked={asked}
            action="undo"
            opens="Undo …"
            sends="Undo it and all after it"
            fields={[SIGNATURE, REASON]}
            note={`The report goes back to version ${
              version - 1
            } as a new change, which can be undone too.`}
            values={{ action: action_id }}
          />
        )
        : null}
    </li>
  );
}
