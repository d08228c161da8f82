/** What the last audit found: what holds runs back first, a rule at a time, each with how to mend it. */
import { counted } from "../../base/mod.ts";
import { explained, lastPart, placeIn, type ProblemsView } from "../../control/mod.ts";
import { type Finding, groupFindings } from "../../gate/mod.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { Badge } from "./parts/badge.tsx";
import { Name } from "./parts/name.tsx";
import { Time } from "./parts/time.tsx";

/** Names shown of one rule; the audit lists them all. */
const MOST_NAMES = 20;

export const problemsPage: Page = { path: "/problems", nav: "Problems", draw };

async function draw({ house, now }: Asked): Promise<Drawn> {
  const view = await house.gate?.problems() ?? null;
  return {
    title: "Problems",
    tone: view && view.hard > 0 ? "bad" : "idle",
    body: (
      <>
        <div class="run-head" data-key="head">
          <h1>Problems</h1>
          <p class="soft">
            {view?.audited_at
              ? (
                <>
                  {counted(view.runs, "run")} looked at, last at{" "}
                  <Time at={view.audited_at} now={now} />
                </>
              )
              : "Nothing was looked at yet"}
          </p>
        </div>
        {view === null ? null : <Groups view={view} />}
      </>
    ),
  };
}

function Groups({ view }: { readonly view: ProblemsView }): Drawing {
  const groups = groupFindings(view.findings, MOST_NAMES)
    .toSorted((a, b) => Number(a.tier === "soft") - Number(b.tier === "soft"));
  if (groups.length + view.problems.length === 0) {
    // Nobody knows yet: after a start the first audit of many runs takes its time.
    if (view.audited_at === null) {
      return (
        <p class="empty">
          The first look at all runs is under way. What stands in a run's way is shown here when it
          has ended; the run's own page may say it now.
        </p>
      );
    }
    return <p class="empty">Nothing was found: no name and no content stands in a run's way.</p>;
  }
  return (
    <ul class="rows problems">
      {groups.map(({ rule, tier, count, runs, overridden }) => {
        const found = view.findings.filter((one) => one.rule === rule && one.tier === tier);
        const { title, why, fix } = explained(rule);
        const where = runs > 1 ? ` in ${counted(runs, "run")}` : "";
        const passed = overridden > 0 && overridden < count ? `, ${overridden} let pass` : "";
        return (
          <li data-key={`${tier}-${rule}`}>
            <details open={tier === "hard"} data-key="more">
              <summary>
                <h2>{title}</h2>{" "}
                <span class="soft">{counted(count, "finding")}{where}{passed}</span>{" "}
                <Badge {...stageOfGroup({ tier, count, overridden, found })} />
              </summary>
              <p>
                {why === "" ? null : <>{sentence(why)}{" "}</>}
                <strong>{fix}</strong>
              </p>
              <Names found={found} total={count} />
            </details>
          </li>
        );
      })}
      {view.problems.length === 0 ? null : (
        <li data-key="unjudged">
          <details open data-key="more">
            <summary>
              <h2>Could not be looked at</h2>{" "}
              <span class="soft">{counted(view.problems.length, "place")}</span>{" "}
              <Badge words="to look into" tone="wait" />
            </summary>
            <ul class="names">
              {view.problems.slice(0, MOST_NAMES).map(({ path, message }) => (
                <li>
                  <Name text={path} code /> <Name text={message} />
                </li>
              ))}
            </ul>
          </details>
        </li>
      )}
    </ul>
  );
}

function stageOfGroup(
  { tier, count, overridden, found }: {
    readonly tier: string;
    readonly count: number;
    readonly overridden: number;
    readonly found: readonly Finding[];
  },
): { readonly words: string; readonly tone: "idle" | "wait" } {
  if (tier === "soft") return { words: "holds nothing back", tone: "idle" };
  if (overridden === count) return { words: "let pass", tone: "idle" };
  const open = found.filter(({ override_active }) => !override_active);
  const isSent = open.length > 0 && open.every((one) => one.synced_under_prior_policy);
  return isSent
    ? { words: "sent before it was found", tone: "idle" }
    : { words: "to fix", tone: "wait" };
}

function Names({ found, total }: { readonly found: readonly Finding[]; readonly total: number }) {
  const shown = found.slice(0, MOST_NAMES);
  return (
    <ul class="names">
      {shown.map(({ offending_path, run_path, rule_detail }) => (
        <li>
          <Name text={placeIn(run_path, offending_path)} code />
          {offending_path === run_path ? null : (
            <>
              {" in "}
              <a href={`/?search=${encodeURIComponent(lastPart(run_path))}#runs`}>
                <Name text={lastPart(run_path)} />
              </a>
            </>
          )}: <Name text={rule_detail} />
        </li>
      ))}
      {total > shown.length ? <li>and {total - shown.length} more: labferry audit</li> : null}
    </ul>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
