/** `/api/v1/reports`: the living reports, and notes on them. A note names its author. */
import { Hono } from "hono";
import {
  addNote,
  type ChangeOutcome,
  renderHtml,
  type Report,
  REPORT_STYLE_SOURCE,
  type ReportStore,
  statusOf,
} from "../reports/mod.ts";
import { body, described, query } from "./asked.ts";
import type { NewsHub } from "./events.ts";
import { difference, historyPage } from "./report_past.ts";
import {
  reportChangedShape,
  reportDiffShape,
  reportHistoryShape,
  reportShape,
  reportsShape,
} from "./schemas/reports.ts";
import {
  noteBody,
  reportDiffQuery,
  reportHistoryQuery,
  reportsQuery,
  revertBody,
} from "./schemas/requests.ts";

/** A rendered report is what people typed: nothing in it runs, loads, or is taken for the page. */
const REPORT_POLICY = [
  "sandbox",
  "default-src 'none'",
  `style-src ${REPORT_STYLE_SOURCE}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function createReportsApi(store: ReportStore, news: NewsHub): Hono {
  const api = new Hono();
  api.get(
    "/",
    described("Living reports; filters: status, tag", { shape: reportsShape }),
    query(reportsQuery),
    async (c) => {
      const { status, tag } = c.req.valid("query");
      const { entries, notices } = await store.list({
        ...(status === undefined ? {} : { status }),
        ...(tag === undefined ? {} : { tag }),
      });
      return c.json({ reports: entries, notices });
    },
  );
  api.get(
    "/:id",
    described("One report and the head of its history; by id, prefix or title", {
      shape: reportShape,
    }),
    async (c) => {
      const report = await store.find(c.req.param("id"));
      const { outline, notices } = await report.read();
      const chain = await report.chainHead();
      return c.json({ report: outline, status: statusOf(outline), chain, notices });
    },
  );
  api.get(
    "/:id/html",
    described("The whole report as one page", { mediaType: "text/html" }),
    async (c) => {
      const report = await store.find(c.req.param("id"));
      const { outline } = await report.read();
      const page = renderHtml(outline, { at: new Date(), chain: await report.chainHead() });
      c.header("Content-Security-Policy", REPORT_POLICY);
      return c.html(page);
    },
  );
  api.post(
    "/:id/notes",
    described("Add a note: {text, author, section?, about?, outline_version?}", {
      status: 201,
      shape: reportChangedShape,
    }),
    body(noteBody),
    async (c) => {
      const { text, author, section, about, outline_version } = c.req.valid("json");
      const report = await store.find(c.req.param("id"));
      const outcome = await report.change(
        addNote({ text, author, section, about }),
        { actor: "human", expectedVersion: outline_version },
      );
      news.publish("report", { report_id: report.id });
      return c.json(changed(report, outcome), 201);
    },
  );
  api.get(
    "/:id/history",
    described("What happened to it, the newest first", { shape: reportHistoryShape }),
    query(reportHistoryQuery),
    async (c) => {
      const report = await store.find(c.req.param("id"));
      return c.json(await historyPage(report, c.req.valid("query")));
    },
  );
  api.get(
    "/:id/diff",
    described("What is different between two versions: from, to", { shape: reportDiffShape }),
    query(reportDiffQuery),
    async (c) => {
      const report = await store.find(c.req.param("id"));
      return c.json(await difference(report, c.req.valid("query")));
    },
  );
  api.post(
    "/:id/revert",
    described("Undo an action and all after it: {action, author, why?, outline_version?}", {
      shape: reportChangedShape,
    }),
    body(revertBody),
    async (c) => {
      const { action, author, why, outline_version } = c.req.valid("json");
      const report = await store.find(c.req.param("id"));
      const outcome = await report.revert(action, {
        actor: "human",
        author,
        why,
        expectedVersion: outline_version,
      });
      news.publish("report", { report_id: report.id });
      return c.json(changed(report, outcome));
    },
  );
  return api;
}

function changed({ id }: Report, { outline, event, warnings }: ChangeOutcome) {
  return {
    report_id: id,
    outline_version: outline.outline_version,
    action_id: event?.action_id ?? null,
    warnings,
  };
}
