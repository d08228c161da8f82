/** What the pages of a report have in common: which it is, how it stands, and the way between them. */
import type { Child } from "hono/jsx";
import { LabferryError } from "../../../base/mod.ts";
import { historyStanding } from "../../../control/mod.ts";
import type { Outline, Report, ReportStore } from "../../../reports/mod.ts";
import type { Drawing } from "../drawing.ts";
import type { Asked, Drawn } from "../page.ts";
import { Badge } from "../parts/badge.tsx";
import { Name } from "../parts/name.tsx";
import { Notice } from "../parts/notice.tsx";
import { Time } from "../parts/time.tsx";
import { type ChainLook, lookAtChain } from "./chain_look.ts";

export interface OpenedReport {
  readonly store: ReportStore;
  readonly report: Report;
  readonly look: ChainLook;
  /** Null when it cannot be read: then its history is all there is, and the way back. */
  readonly outline: Outline | null;
  readonly fault: LabferryError | null;
  readonly notices: readonly string[];
}

/** @throws LabferryError `unknown_report`, `ambiguous_report` */
export async function openReport({ house, params, now }: Asked): Promise<OpenedReport> {
  const { store, report } = await findReport({ house, params });
  const look = await lookAtChain(store, { report, now });
  try {
    const { outline, notices } = await report.read();
    return { store, report, look, outline, fault: null, notices };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return { store, report, look, outline: null, fault: error, notices: [] };
  }
}

export async function findReport(
  { house, params }: Pick<Asked, "house" | "params">,
): Promise<{ readonly store: ReportStore; readonly report: Report }> {
  const store = house.reports;
  if (store === null) {
    throw new LabferryError("unknown_report", "there are no reports here", {
      hint: "the service keeps them; `labferry daemon` starts it",
    });
  }
  return { store, report: await store.find(params["id"] ?? "") };
}

const PAGES = [
  ["", "Read"],
  ["/history", "History"],
  ["/compare", "Compare"],
] as const;

export interface ReportFrameProps {
  readonly asked: Asked;
  readonly opened: OpenedReport;
  readonly children?: Child;
}

export function drawnReport(props: ReportFrameProps & { readonly part: string }): Drawn {
  const { opened, part } = props;
  const title = opened.outline?.title ?? opened.report.id;
  return {
    title: part === "" ? title : `${part}: ${title}`,
    tone: opened.look.found.ok && opened.fault === null ? "idle" : "bad",
    body: <ReportFrame {...props} />,
  };
}

function ReportFrame({ asked, opened, children }: ReportFrameProps): Drawing {
  const { report, outline, look, fault, notices } = opened;
  const standing = historyStanding(look.found);
  const base = `/reports/${report.id}`;
  return (
    <>
      <div class="run-head" data-key="head">
        <p class="crumbs">
          <a href="/reports">Reports</a>
        </p>
        <h1>
          <Name text={outline?.title ?? report.id} />{" "}
          <Badge words={standing.words} tone={standing.tone} />
        </h1>
        <p class="soft">
          <Name text={standing.more} /> Looked at <Time at={look.at} now={asked.now} />.
        </p>
      </div>
      {fault === null ? null : (
        <Notice tone="bad" hint={fault.hint}>
          <Name text={fault.message} />
        </Notice>
      )}
      {look.found.ok ? null : (
        <ul class="names card" data-key="breaks">
          {look.found.breaks.slice(0, MOST_BREAKS).map(({ what }) => (
            <li>
              <Name text={what} />
            </li>
          ))}
        </ul>
      )}
      {notices.length + look.found.notes.length === 0
        ? null
        : (
          <details class="card" data-key="notes">
            <summary>What an auditor should know</summary>
            <ul class="names">
              {[...notices, ...look.found.notes].slice(0, MOST_BREAKS).map((text) => (
                <li>
                  <Name text={text} />
                </li>
              ))}
            </ul>
          </details>
        )}
      <nav class="tabs" aria-label="Of this report" data-key="tabs">
        {PAGES.map(([path, words]) => (
          <a
            href={`${base}${path}`}
            aria-current={asked.path.endsWith(path === "" ? asked.params["id"] ?? "" : path)
              ? "page"
              : undefined}
          >
            {words}
          </a>
        ))}
        <a href={`/api/v1/reports/${report.id}/html`} target="_blank" rel="noopener">
          To print
        </a>
      </nav>
      {children}
    </>
  );
}

const MOST_BREAKS = 20;
