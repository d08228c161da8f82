/**
 * `/api/v1`: the same questions and changes as the command line, as JSON. Every handler is thin: it
 * reads the request, asks the `Control`, and answers with a view.
 */
import { sessionsShape } from "./schemas/session.ts";
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { Control, JobFilter } from "../control/mod.ts";
import { body, described, query } from "./asked.ts";
import { cursorOf, readCursor } from "./cursor.ts";
import { eventStream } from "./event_stream.ts";
import type { NewsHub } from "./events.ts";
import { nothingAt, problem } from "./problem.ts";
import {
  cleanedShape,
  custodyShape,
  deletableShape,
  movedShape,
  restoredShape,
  stagingShape,
} from "./schemas/custody.ts";
import {
  completedShape,
  enqueuedShape,
  historyShape,
  jobShape,
  jobsShape,
  retriedAllShape,
} from "./schemas/job.ts";
import {
  acceptMissingBody,
  jobsQuery,
  lookupQuery,
  restoreBody,
  retryBody,
  runBody,
  scopeBody,
} from "./schemas/requests.ts";
import { acquiringShape, sessionLinkShape, statusShape, stoppingShape } from "./schemas/status.ts";

const JOB = { shape: jobShape };
const STATUS = { shape: statusShape };

export interface ApiContext {
  readonly control: Control;
  readonly news: NewsHub;
  /** Aborts when the service stops, and ends the event streams with it. */
  readonly signal: AbortSignal;
  readonly createLink: () => string;
  readonly onStop: () => void;
}

/** Chained, so that the client's types follow (`Api`). */
// deno-lint-ignore explicit-module-boundary-types -- the type is what the chain says
export function createApi(context: ApiContext) {
  const { control, news } = context;
  const api = new Hono()
    .get(
      "/status",
      described("Counts, destinations and the jobs that matter now", STATUS),
      async (c) => c.json(await control.status()),
    )
    .get(
      "/jobs",
      described("Jobs, newest first; filters: state (comma-separated), equipment", {
        shape: jobsShape,
      }),
      query(jobsQuery),
      async (c) => {
        const { limit, ...asked } = filterOf(c.req.valid("query"));
        const jobs = await control.jobs({ ...asked, limit });
        const last = jobs.length === limit ? jobs.at(-1) : undefined;
        return c.json({ jobs, next: last ? cursorOf("jobs", last.id) : null });
      },
    )
    .get(
      "/jobs/:id",
      described("One job", JOB),
      async (c) => c.json(await control.job(c.req.param("id"))),
    )
    .get(
      "/jobs/:id/history",
      described("A job's timeline", { shape: historyShape }),
      async (c) => c.json({ events: await control.history(c.req.param("id")) }),
    )
    .get(
      "/lookup",
      described("The job of a run; query: run, its path", JOB),
      query(lookupQuery),
      async (c) => c.json(await control.job(c.req.valid("query").run)),
    )
    .get(
      "/acquiring",
      described("A run that was seen and is not in the queue; query: run, its path", {
        shape: acquiringShape,
      }),
      query(lookupQuery),
      async (c) => c.json(await control.acquiring(c.req.valid("query").run)),
    )
    .get(
      "/events",
      described("Server-sent events: job, progress, destination, finding, report", {
        mediaType: "text/event-stream",
      }),
      (c) => events(c, context),
    )
    .post(
      "/enqueue",
      described("Take a run into the queue: {run}", { shape: enqueuedShape }),
      body(runBody),
      async (c) => c.json(await control.enqueue(c.req.valid("json").run)),
    )
    .post(
      "/complete",
      described("A run is complete: {run}; it is taken as soon as it is quiet", {
        shape: completedShape,
      }),
      body(runBody),
      async (c) => c.json(await control.complete(c.req.valid("json").run)),
    )
    .post(
      "/dismiss",
      described("Leave a run alone that never became complete: {run}", {
        shape: acquiringShape,
      }),
      body(runBody),
      async (c) => c.json(await control.dismiss(c.req.valid("json").run)),
    )
    .post(
      "/jobs/:id/retry",
      described(
        "Try a failed or waiting job again: {accept_missing?: {operator, reason, shown?}}",
        JOB,
      ),
      body(retryBody),
      async (c) => {
        const { accept_missing: acceptMissing } = c.req.valid("json");
        const options = acceptMissing ? { acceptMissing } : {};
        return c.json(await control.retry(c.req.param("id"), options));
      },
    )
    .post(
      "/jobs/:id/accept-missing",
      described("Let a run go on without its lost files: {operator, reason}", JOB),
      body(acceptMissingBody),
      async (c) => {
        const acceptMissing = c.req.valid("json");
        return c.json(await control.retry(c.req.param("id"), { acceptMissing }));
      },
    )
    .post(
      "/jobs/:id/complete",
      described("A run that is known is complete", { shape: completedShape }),
      async (c) => {
        const { run_path } = await control.job(c.req.param("id"));
        return c.json(await control.complete(run_path));
      },
    )
    .post(
      "/jobs/:id/cancel",
      described("Stop and hold a job", JOB),
      async (c) => c.json(await control.cancel(c.req.param("id"))),
    )
    .post(
      "/jobs/:id/verify",
      described("One verification pass now", JOB),
      async (c) => c.json(await control.verify(c.req.param("id"))),
    )
    .post(
      "/jobs/:id/pin",
      described("Keep the local copy", JOB),
      async (c) => c.json(await control.pin(c.req.param("id"), true)),
    )
    .post(
      "/jobs/:id/unpin",
      described("Allow the local copy to go again", JOB),
      async (c) => c.json(await control.pin(c.req.param("id"), false)),
    )
    .get(
      "/jobs/:id/custody",
      described("What stands between the run and the deletion of its local copy", {
        shape: custodyShape,
      }),
      async (c) => c.json(await control.why(c.req.param("id"))),
    )
    .get(
      "/deletable",
      described("Runs whose local copies may go next, with what still stands in the way", {
        shape: deletableShape,
      }),
      async (c) => c.json({ runs: await control.deletable() }),
    )
    .get(
      "/sessions",
      described("Acquisitions over several PCs, the newest first, as the bases say now", {
        shape: sessionsShape,
      }),
      async (c) => c.json({ sessions: [...await control.sessions()] }),
    )
    .get(
      "/staging",
      described("What other PCs have pushed to this orchestrator, and how far it is", {
        shape: stagingShape,
      }),
      async (c) => c.json({ runs: await control.staged() }),
    )
    .post(
      "/jobs/:id/clear",
      described("Clear a received run from the staging area now, if every interlock holds", {
        shape: cleanedShape,
      }),
      async (c) => c.json(await control.clearStaged(c.req.param("id"))),
    )
    .post(
      "/jobs/:id/clean",
      described("Let go of the local copy now, if every interlock holds", { shape: cleanedShape }),
      async (c) => c.json(await control.clean(c.req.param("id"))),
    )
    .post(
      "/destinations/:equipment/moved",
      described("The destination is at the address the configuration has now", {
        shape: movedShape,
      }),
      async (c) => c.json(await control.destinationMoved(c.req.param("equipment"))),
    )
    .post(
      "/jobs/:id/restore",
      described("Bring files back, to the run's own place or below restore.roots: {to?, only?}", {
        shape: restoredShape,
      }),
      body(restoreBody),
      async (c) => {
        const { to, only } = c.req.valid("json");
        const options = { ...(to === undefined ? {} : { to }), ...(only ? { only } : {}) };
        return c.json(await control.restore(c.req.param("id"), options));
      },
    )
    .post(
      "/retry",
      described("Try everything again that failed or waits; skipped: what needs a consent", {
        shape: retriedAllShape,
      }),
      async (c) => c.json(await control.retryAll()),
    )
    .post(
      "/pause",
      described("Pause all, or one equipment: {equipment}", STATUS),
      body(scopeBody),
      async (c) => {
        const { equipment } = c.req.valid("json");
        await control.pause(equipment);
        news.publish("destination", { name: equipment });
        return c.json(await control.status());
      },
    )
    .post("/resume", described("End a pause: {equipment}", STATUS), body(scopeBody), async (c) => {
      const { equipment } = c.req.valid("json");
      await control.resume(equipment);
      news.publish("destination", { name: equipment });
      return c.json(await control.status());
    })
    .post(
      "/session-link",
      described("A one-time link that opens the page with the right to change things", {
        shape: sessionLinkShape,
      }),
      (c) => c.json({ path: `/open/${context.createLink()}` }),
    )
    .post(
      "/stop",
      described("End the service; transfers go on at its next start", { shape: stoppingShape }),
      (c) => {
        // What is being answered is waited for: this answer too.
        context.onStop();
        return c.json({ stopping: true as const });
      },
    );
  api.notFound((c) => nothingAt(c));
  return api;
}

/** The routes with what they take and answer, for the client. */
export type Api = ReturnType<typeof createApi>;

function filterOf(
  { state, equipment, limit, cursor }: z.output<typeof jobsQuery>,
): JobFilter & { readonly limit: number } {
  return {
    limit,
    ...(state === undefined ? {} : { states: state }),
    ...(equipment === undefined ? {} : { equipmentId: equipment }),
    ...(cursor === undefined ? {} : { after: readCursor("jobs", cursor) }),
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
