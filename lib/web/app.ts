/** The whole page and its API as one Hono app; nothing here listens (`server.ts` does). */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { randomId } from "../base/mod.ts";
import { askerOf } from "./asker.ts";
import { createApi } from "./api.ts";
import {
  type Control,
  type GateControl,
  type LongLists,
  type MetricFacts,
  type PageReading,
  type SettingsView,
} from "../control/mod.ts";
import type { ReportStore } from "../reports/mod.ts";
import { described } from "./asked.ts";
import { createGateApi } from "./gate_api.ts";
import { createListsApi, createSettingsApi } from "./lists_api.ts";
import type { NewsHub } from "./events.ts";
import { changeGuard, giveSession, type GuardOptions, hostGuard, mayChange } from "./guard.ts";
import { metricsText } from "./metrics.ts";
import { openapiOf } from "./openapi.ts";
import { nothingAt, problem, problemOf } from "./problem.ts";
import { createReadingApi } from "./reading_api.ts";
import { createReportsApi } from "./reports_api.ts";
import { LIVE, STYLE } from "./page/assets.ts";
import { createPages, errorPage, wantsPage } from "./page/pages.tsx";
import type { Sessions } from "./sessions.ts";
import { wholeAnswers } from "./whole_answers.ts";

export interface AppOptions {
  readonly control: Control;
  readonly news: NewsHub;
  readonly sessions: Sessions;
  readonly port: number;
  readonly token: string;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Findings and overrides; left out, the page has none. */
  readonly gate?: GateControl;
  /** Runs, files and what happened, a page at a time; left out, there are only the newest jobs. */
  readonly lists?: Pick<LongLists, keyof LongLists>;
  /** Of the configuration file as the service read it. */
  readonly configSha256?: string;
  /** What `/metrics` counts beyond the status; left out, it has that alone. */
  readonly metrics?: () => Promise<MetricFacts>;
  /** The configuration as it is shown; left out, it is not. */
  readonly settings?: () => Promise<SettingsView>;
  /** What the pages show; left out, there is the API alone. */
  readonly reading?: PageReading;
  /** Living reports; left out, there are none to read. */
  readonly reports?: ReportStore;
  /** Ends the service. @default nothing */
  readonly onStop?: () => void;
}

/** A path of 32,768 characters, each six bytes long as a JSON escape, and room for the rest. */
const LARGEST_BODY_BYTES = 256 * 1024;

export function createApp(options: AppOptions): Hono {
  const { control, news, sessions, port, token, version, signal } = options;
  const guard: GuardOptions = { port, token, isSession: sessions.isSession };
  const app = new Hono();
  app.use(hostGuard(guard));
  app.use(changeGuard(guard));
  app.use(askerOf());
  app.use(bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: bodyTooLarge }));
  app.onError((error, c) => problemOf(c, error));
  app.notFound((c) => {
    return wantsPage(c)
      ? errorPage(c, { status: 404, words: [`There is nothing at ${c.req.path}.`] })
      : nothingAt(c);
  });

  const text = (content: string, type: string) => (c: Context) =>
    c.body(content, 200, { "Content-Type": `text/${type}; charset=utf-8` });
  app.get("/site.css", text(STYLE, "css"));
  app.get("/live.js", text(LIVE, "javascript"));
  // The page brings its own sign; a report's page has none, and a browser asks for one.
  app.get("/favicon.ico", (c) => c.body(null, 204));
  app.get("/healthz", (c) => c.json({ ok: true, version }));
  app.get("/open/:link", (c) => openPage(c, sessions, port));
  // What stands above is never shared: it costs nothing, or gives each who asks something of his own.
  app.use(wholeAnswers({ readerOf: (c) => `${mayChange(c, guard)} ${wantsPage(c)}` }));
  if (options.reading) app.route("/", sitePages({ ...options, reading: options.reading }, guard));
  app.get("/metrics", async (c) => {
    const facts = await options.metrics?.() ?? null;
    const status = facts?.standing ?? await control.status();
    const { configSha256 } = options;
    const body = metricsText({
      status,
      version,
      facts,
      ...(configSha256 === undefined ? {} : { configSha256 }),
    });
    return c.body(body, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  let document: Record<string, unknown> | null = null;
  app.get(
    "/api/v1/openapi.json",
    described("This document", { mediaType: "application/json" }),
    (c) => c.json(document ??= openapiOf(app)),
  );
  if (options.reading) app.route("/api/v1", createReadingApi(options.reading));
  if (options.lists) app.route("/api/v1", createListsApi(options.lists));
  if (options.settings) app.route("/api/v1", createSettingsApi(options.settings));
  if (options.reports) app.route("/api/v1/reports", createReportsApi(options.reports, news));
  if (options.gate) app.route("/api/v1", createGateApi(options.gate));
  app.route(
    "/api/v1",
    createApi({
      control,
      news,
      signal,
      createLink: () => sessions.createLink(),
      onStop: options.onStop ?? (() => {}),
    }),
  );
  return app;
}

function sitePages(options: AppOptions & { reading: PageReading }, guard: GuardOptions): Hono {
  const { control, reading, version } = options;
  const { gate = null, reports = null, lists = null, settings = null } = options;
  const start = randomId();
  return createPages({
    house: { control, reading, gate, reports, lists, settings, version, start },
    mayChange: (c) => mayChange(c, guard),
  });
}

/**
 * Trades the link for a session. The page then opens itself: a redirect from here would count as
 * coming from wherever the link was clicked, and a Strict cookie would not go with it.
 */
function openPage(c: Context, sessions: Sessions, port: number): Response | Promise<Response> {
  // A glance (HEAD) at the link must not use it up.
  const session = c.req.method === "GET" ? sessions.redeem(c.req.param("link") ?? "") : null;
  if (session !== null) {
    giveSession(c, port, session);
    return c.html(
      `<!doctype html><html lang="en"><meta http-equiv="refresh" content="0; url=/"><title>labferry</title><a href="/">labferry</a></html>`,
    );
  }
  const detail = "This link was used or is too old.";
  const hint = "run `labferry open` again; the page without it is read-only";
  return wantsPage(c)
    ? errorPage(c, { status: 403, words: [detail], hint })
    : problem(c, { code: "link_used", detail, hint });
}

function bodyTooLarge(c: Context): Response {
  return problem(c, {
    code: "body_too_large",
    detail: `A request may carry ${LARGEST_BODY_BYTES} bytes and no more.`,
  });
}
