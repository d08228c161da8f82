/**
 * `/api/v1`: the same questions and changes as the command line, as JSON. Every handler is thin: it
 * reads the request, asks the `Control`, and answers with a view.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { readBody as body, readQuery as query } from "./body.ts";
import { JOB_STATES } from "../queue/mod.ts";
import type { Control, JobFilter } from "../control/mod.ts";
import { eventStream } from "./event_stream.ts";
import type { NewsHub } from "./events.ts";
import { nothingAt, problem } from "./problem.ts";

/** Jobs in one answer unless the caller asks for more; the cap keeps an answer bounded. */
const DEFAULT_LIMIT = 200;
const LARGEST_LIMIT = 5_000;

const jobsQuery = z.object({
  state: z.string().transform((text) => text.split(",")).pipe(z.array(z.enum(JOB_STATES)))
    .optional(),
  equipment: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT),
});
const lookupQuery = z.object({ run: z.string().min(1) });
const scopeBody = z.object({ equipment: z.string().min(1).default("*") });
const retryBody = z.strictObject({
  accept_missing: z.strictObject({
    operator: z.string().trim().min(1).max(200),
    reason: z.string().trim().min(1).max(2_000),
  }).optional(),
});
const runBody = z.object({ run: z.string().min(1).max(32_768) });

export interface ApiContext {
  readonly control: Control;
  readonly news: NewsHub;
  /** Aborts when the service stops, and ends the event streams with it. */
  readonly signal: AbortSignal;
  readonly createLink: () => string;
}

export function createApi(context: ApiContext): Hono {
  const { control, news } = context;
  const api = new Hono();
  api.get("/status", async (c) => c.json(await control.status()));
  api.get("/jobs", async (c) => c.json({ jobs: await control.jobs(readFilter(c)) }));
  api.get("/jobs/:id", async (c) => c.json(await control.job(c.req.param("id"))));
  api.get(
    "/jobs/:id/history",
    async (c) => c.json({ events: await control.history(c.req.param("id")) }),
  );
  api.get("/lookup", async (c) => c.json(await control.job(query(c, lookupQuery).run)));
  api.get("/events", (c) => events(c, context));
  api.get("/openapi.json", (c) => c.json(OPENAPI));
  api.post("/enqueue", async (c) => c.json(await control.enqueue((await body(c, runBody)).run)));
  api.post("/jobs/:id/retry", async (c) => {
    const { accept_missing: acceptMissing } = await body(c, retryBody);
    return c.json(await control.retry(c.req.param("id"), acceptMissing ? { acceptMissing } : {}));
  });
  api.post("/jobs/:id/cancel", async (c) => c.json(await control.cancel(c.req.param("id"))));
  api.post("/jobs/:id/verify", async (c) => c.json(await control.verify(c.req.param("id"))));
  api.post("/jobs/:id/pin", async (c) => c.json(await control.pin(c.req.param("id"), true)));
  api.post("/jobs/:id/unpin", async (c) => c.json(await control.pin(c.req.param("id"), false)));
  api.post("/retry", async (c) => c.json(await control.retryAll()));
  api.post("/pause", async (c) => {
    const { equipment } = await body(c, scopeBody);
    await control.pause(equipment);
    news.publish("destination", { name: equipment });
    return c.json(await control.status());
  });
  api.post("/resume", async (c) => {
    const { equipment } = await body(c, scopeBody);
    await control.resume(equipment);
    news.publish("destination", { name: equipment });
    return c.json(await control.status());
  });
  api.post("/session-link", (c) => c.json({ path: `/open/${context.createLink()}` }));
  api.notFound((c) => nothingAt(c));
  return api;
}

function readFilter(c: Context): JobFilter {
  const { state, equipment, limit } = query(c, jobsQuery);
  return {
    limit,
    ...(state === undefined ? {} : { states: state }),
    ...(equipment === undefined ? {} : { equipmentId: equipment }),
  };
}

const STREAM = { "Content-Type": "text/event-stream; charset=utf-8" };

function events(c: Context, { news, signal }: ApiContext): Response {
  // Nobody reads the body of an answer to HEAD: its reader would stay for ever.
  if (c.req.method === "HEAD") return c.body(null, 200, STREAM);
  const reader = news.subscribe(signal);
  if (reader) return c.body(eventStream(reader), 200, STREAM);
  return problem(c, {
    code: "too_many_readers",
    detail: "Too many pages are open.",
    hint: "close one",
  });
}

const PATHS: readonly (readonly [string, "get" | "post", string])[] = [
  ["/status", "get", "Counts, destinations and the jobs that matter now"],
  ["/jobs", "get", "Jobs; filters: state (comma-separated), equipment, limit"],
  ["/jobs/{id}", "get", "One job"],
  ["/jobs/{id}/history", "get", "A job's timeline"],
  ["/lookup", "get", "The job of a run; query: run, its path"],
  ["/events", "get", "Server-sent events: job, progress, destination, finding"],
  ["/enqueue", "post", "Take a run into the queue: {run}"],
  [
    "/jobs/{id}/retry",
    "post",
    "Try a failed or waiting job again: {accept_missing?: {operator, reason}}",
  ],
  ["/jobs/{id}/cancel", "post", "Stop and hold a job"],
  ["/jobs/{id}/verify", "post", "One verification pass now"],
  ["/jobs/{id}/pin", "post", "Keep the local copy"],
  ["/jobs/{id}/unpin", "post", "Allow the local copy to go again"],
  ["/retry", "post", "Try everything again that failed or waits; skipped: what needs a consent"],
  ["/pause", "post", "Pause all, or one equipment: {equipment}"],
  ["/resume", "post", "End a pause: {equipment}"],
  ["/problems", "get", "What the last audit found, with each rule in plain words; limit"],
  ["/overrides", "get", "Who let what pass; query: run, its path"],
  ["/overrides", "post", "Let a rule pass: {run, class, operator, reason, expires_at?}"],
  ["/overrides/revoke", "post", "Take an override back: {run, id, operator, reason}"],
  ["/reports", "get", "Living reports; filters: status, tag"],
  ["/reports/{id}", "get", "One report and the head of its history; by id, prefix or title"],
  ["/reports/{id}/html", "get", "The whole report as one page"],
  ["/reports/{id}/notes", "post", "Add a note: {text, author, section?, about?, outline_version?}"],
];

const OPENAPI = {
  openapi: "3.1.0",
  info: { title: "labferry", version: "1" },
  servers: [{ url: "/api/v1" }],
  paths: Object.fromEntries(
    [...new Set(PATHS.map(([path]) => path))].map((path) => [
      path,
      Object.fromEntries(
        PATHS.filter(([other]) => other === path).map(([, method, summary]) => [
          method,
          {
            summary,
            responses: {
              "200": { description: "OK" },
              default: { description: "application/problem+json" },
            },
          },
        ]),
      ),
    ]),
  ),
};
