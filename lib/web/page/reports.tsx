/** The living reports, each a click away. */
import { REPORT_STATUSES } from "../../reports/mod.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { FilterForm } from "./parts/filter_form.tsx";
import { Name } from "./parts/name.tsx";
import { Time } from "./parts/time.tsx";

export const reportsPage: Page = { path: "/reports", nav: "Reports", draw };

const STATUS_OPTIONS = [["", "in use"], ["archived", "archived"]] as const;
const MOST_SHOWN = 500;

async function draw({ house, query, now }: Asked): Promise<Drawn> {
  const status = REPORT_STATUSES.find((one) => one === query.get("status")) ?? "active";
  const search = (query.get("search") ?? "").trim().toLowerCase();
  const { entries = [], notices = [] } = await house.reports?.list({ status }) ?? {};
  const fit = entries
    .filter(({ current_title }) => current_title.toLowerCase().includes(search))
    .toSorted((a, b) => a.updated_at < b.updated_at ? 1 : -1);
  return {
    title: "Reports",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Reports</h1>
          <p class="soft">
            One for each project, written as its runs arrive; notes and every earlier state are
            kept.
          </p>
        </div>
        <FilterForm
          path="/reports"
          query={query}
          fields={[
            { name: "search", label: "Search", kind: "search" },
            { name: "status", label: "Show", kind: "select", options: STATUS_OPTIONS },
          ]}
        />
        {notices.map((text) => (
          <p class="soft">
            <Name text={text} />
          </p>
        ))}
        {fit.length === 0
          ? (
            <p class="empty">
              {search === "" && status === "active"
                ? "A report begins by itself with the first run of a project."
                : "No report fits."}
            </p>
          )
          : (
            <ul class="rows">
              {fit.slice(0, MOST_SHOWN).map(({ report_id, current_title, updated_at, tags }) => (
                <li data-key={`report-${report_id}`}>
                  <div>
                    <a href={`/reports/${report_id}`}>
                      <Name text={current_title} />
                    </a>
                    {tags.map((tag) => (
                      <span class="tag">
                        <Name text={tag} />
                      </span>
                    ))}
                  </div>
                  <span class="soft">
                    changed <Time at={updated_at} now={now} /> ·{" "}
                    <a href={`/reports/${report_id}/history`}>
                      history<span class="unseen">
                        {" of "}
                        <Name text={current_title} />
                      </span>
                    </a>
                  </span>
                </li>
              ))}
            </ul>
          )}
      </>
    ),
  };
}
