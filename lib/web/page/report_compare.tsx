/** What is different between two states of a report. */
import { LabferryError } from "../../base/mod.ts";
import { DIFFERENCE_WORDS } from "../../control/mod.ts";
import { difference } from "../report_past.ts";
import type { Drawing } from "./drawing.ts";
import type { Asked, Drawn, Page } from "./page.ts";
import { Name } from "./parts/name.tsx";
import { Notice } from "./parts/notice.tsx";
import { drawnReport, openReport } from "./report/frame.tsx";

/** A change by the service may touch thousands of runs. */
const MOST_SHOWN = 300;

export const reportComparePage: Page = { path: "/reports/:id/compare", draw };

type Compared = Awaited<ReturnType<typeof difference>>;

async function draw(asked: Asked): Promise<Drawn> {
  const opened = await openReport(asked);
  const newest = opened.outline?.outline_version ?? 1;
  const to = versionOf(asked.query.get("to")) ?? newest;
  const from = versionOf(asked.query.get("from")) ?? Math.max(1, to - 1);
  const found = opened.outline === null || newest === 1
    ? null
    : await compared(() => difference(opened.report, { from, to }));
  const children = newest === 1
    ? <p class="empty">The report has only one version; there is nothing to compare it with yet.</p>
    : (
      <>
        <form class="filter" method="get" action={asked.path} data-key="filter" data-filter>
          <Version name="from" label="From version" value={from} newest={newest} />
          <Version name="to" label="To version" value={to} newest={newest} />
          <button type="submit">Compare</button>
        </form>
        {found instanceof LabferryError
          ? (
            <Notice tone="wait" hint={found.hint}>
              <Name text={found.message} />
            </Notice>
          )
          : found === null
          ? null
          : <Differences found={found} />}
      </>
    );
  return drawnReport({ asked, opened, part: "Compare", children });
}

/** A version that is gone is an answer here, and no fault of the page. */
async function compared(ask: () => Promise<Compared>): Promise<Compared | LabferryError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LabferryError) return error;
    throw error;
  }
}

function versionOf(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function Version(
  { name, label, value, newest }: {
    readonly name: string;
    readonly label: string;
    readonly value: number;
    readonly newest: number;
  },
): Drawing {
  return (
    <label>
      <span>{label}</span>
      <input type="number" name={name} value={value} min={1} max={newest} required />
    </label>
  );
}

function Differences({ found }: { readonly found: Compared }): Drawing {
  const { differences, from, to } = found;
  if (differences.length === 0) {
    return <p class="empty">Versions {from} and {to} say the same.</p>;
  }
  return (
    <ul class="rows differences" data-key="differences">
      {differences.slice(0, MOST_SHOWN).map(({ kind, what }) => (
        <li data-kind={kind}>
          <strong>{DIFFERENCE_WORDS[kind]}</strong>
          <span>
            <Name text={what} />
          </span>
        </li>
      ))}
      {differences.length > MOST_SHOWN
        ? <li>and {differences.length - MOST_SHOWN} more: labferry report diff</li>
        : null}
    </ul>
  );
}
