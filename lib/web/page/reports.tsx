/** The living reports, each a click away; a note can be left in each. */
import { z } from "zod";
import { addNote } from "../../reports/mod.ts";
import { longText, operator } from "./forms.ts";
import { action, type Asked, type Drawn, type Page } from "./page.ts";
import { PersonForm, SIGNATURE } from "./parts/action_form.tsx";
import { Name } from "./parts/name.tsx";
import { Time } from "./parts/time.tsx";

const noteForm = z.object({ report: z.string().min(1).max(200), operator, text: longText });

export const reportsPage: Page = {
  path: "/reports",
  nav: "Reports",
  draw,
  actions: {
    note: action(noteForm, async ({ house }, { report: id, operator: author, text }) => {
      const report = await house.reports?.find(id);
      await report?.change(addNote({ text, author }), { actor: "human" });
      return { said: ["The note is in the report, with your name."] };
    }),
  },
};

async function draw(asked: Asked): Promise<Drawn> {
  const { entries = [] } = await asked.house.reports?.list({ status: "active" }) ?? {};
  return {
    title: "Reports",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Reports</h1>
        </div>
        {entries.length === 0
          ? <p class="empty">A report begins by itself with the first run of a project.</p>
          : (
            <ul class="rows">
              {entries.map(({ report_id, current_title, updated_at }) => (
                <li data-key={`report-${report_id}`}>
                  <div>
                    <a href={`/api/v1/reports/${report_id}/html`} target="_blank" rel="noopener">
                      <Name text={current_title} />
                    </a>{" "}
                    <span class="soft">
                      changed <Time at={updated_at} now={asked.now} />
                    </span>
                  </div>
                  <PersonForm
                    asked={asked}
                    action="note"
                    opens="Add a note …"
                    sends="Add the note"
                    fields={[SIGNATURE, {
                      name: "text",
                      label: "Note",
                      kind: "long",
                      required: true,
                    }]}
                    note="Kept in the report's history, with your name."
                    values={{ report: report_id }}
                  />
                </li>
              ))}
            </ul>
          )}
      </>
    ),
  };
}
