/** Each answer of the API is what the OpenAPI document says of its route. */
import assert from "node:assert/strict";
import { apiRoutes } from "../../lib/web/openapi.ts";
import { createApp, NewsHub, Sessions } from "../../lib/web/mod.ts";
import { problemShape } from "../../lib/web/schemas/problem.ts";
import { systemClock } from "../../lib/base/mod.ts";
import { ReportStore } from "../../lib/reports/mod.ts";
import { fakeControl } from "./fake_control.ts";
import { fakeGate } from "./fake_gate.ts";
import { fakeLists, SETTINGS } from "./fake_lists.ts";
import { fakeReading } from "./fake_reading.ts";

const BASE = "/api/v1";

/** All routes that a service can have; nothing is asked of this app. */
export function documentedRoutes(): ReturnType<typeof apiRoutes> {
  return apiRoutes(createApp({
    control: fakeControl(),
    news: new NewsHub(),
    sessions: new Sessions(systemClock),
    port: 1,
    token: "none",
    version: "0",
    signal: new AbortController().signal,
    gate: fakeGate(),
    reports: new ReportStore("/nowhere"),
    lists: fakeLists(),
    reading: fakeReading(fakeControl()),
    settings: () => Promise.resolve(SETTINGS),
  }));
}

const ROUTES = documentedRoutes().map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** Returns `answer` itself, its body unread. A refusal is checked on every path, also of the page. */
export async function checkedAnswer(
  answer: Response,
  { method = "GET", path }: { readonly method?: string | undefined; readonly path: string },
): Promise<Response> {
  const about = `${method} ${path}: ${answer.status}`;
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) {
    if (method === "HEAD") return answer;
    const problem = problemShape.parse(await answer.clone().json());
    assert.equal(problem.status, answer.status, about);
    return answer;
  }
  const { pathname } = new URL(path, "http://x");
  if (!pathname.startsWith(`${BASE}/`) || answer.status === 304) return answer;
  assert.ok(answer.ok, `${about} is no problem+json`);
  const asked = method === "HEAD" ? "get" : method.toLowerCase();
  const below = pathname.slice(BASE.length);
  const found = ROUTES.filter((route) => route.method === asked && route.pattern.test(below));
  // `/overrides/revoke` before `/{id}/…`: the one with fewer gaps is meant.
  const [route] = found.sort((a, b) => a.path.split("{").length - b.path.split("{").length);
  assert.ok(route, `${about}: no such route is documented`);
  const { status = 200, shape, mediaType = "application/json" } = route.notes.answer ?? {};
  assert.equal(answer.status, status, about);
  assert.ok(type.startsWith(mediaType), `${about} is ${type}`);
  if (shape && method !== "HEAD") {
    const { error } = shape.safeParse(await answer.clone().json());
    assert.ok(!error, `${about} is not what the document says: ${error?.message}`);
  }
  return answer;
}
