/** The whole page and its API as one Hono app; nothing here listens (`server.ts` does). */
import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { createApi } from "./api.ts";
import type { Control } from "./control.ts";
import type { NewsHub } from "./events.ts";
import { changeGuard, type GuardOptions, hostGuard, mayChange, SESSION_COOKIE } from "./guard.ts";
import { metricsText } from "./metrics.ts";
import { problem, problemOf } from "./problem.ts";
import type { Sessions } from "./sessions.ts";
import pageHtml from "./page/page.html" with { type: "text" };
import pageCss from "./page/page.css" with { type: "text" };
import pageScript from "./page/page.js" with { type: "text" };

export interface AppOptions {
  readonly control: Control;
  readonly news: NewsHub;
  readonly sessions: Sessions;
  readonly port: number;
  readonly token: string;
  readonly version: string;
  readonly signal: AbortSignal;
}

export function createApp(options: AppOptions): Hono {
  const { control, news, sessions, port, token, version, signal } = options;
  const guard: GuardOptions = { port, token, isSession: sessions.isSession };
  const app = new Hono();
  app.use(hostGuard(guard));
  app.use(changeGuard(guard));
  app.onError((error, c) => problemOf(c, error));
  app.notFound((c) => problem(c, 404, "not_found", `There is nothing at ${c.req.path}.`));

  app.get("/", (c) => {
    c.header("Cache-Control", "no-store");
    const rights = mayChange(c, guard) ? "change" : "read";
    return c.html(pageHtml.replace("{{rights}}", rights).replace("{{version}}", version));
  });
  app.get("/page.css", (c) => c.body(pageCss, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get(
    "/page.js",
    (c) => c.body(pageScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  app.get("/open/:link", (c) => {
    const session = sessions.redeem(c.req.param("link"));
    if (session === null) {
      return problem(
        c,
        403,
        "link_used",
        "This link was used or is too old; run `labferry open` again.",
      );
    }
    setCookie(c, SESSION_COOKIE, session, { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.html(
      `<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>labferry</title>`,
    );
  });
  app.get("/healthz", (c) => c.json({ ok: true, version }));
  app.get("/metrics", async (c) => c.text(metricsText(await control.status())));
  app.route(
    "/api/v1",
    createApi({ control, news, signal, createLink: () => sessions.createLink() }),
  );
  return app;
}
