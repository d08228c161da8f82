/** `/api/v1`: what is read a page at a time, and what is only looked at: disks and configuration. */
import { Hono } from "hono";
import type { z } from "zod";
import type { LongLists, SettingsView } from "../control/mod.ts";
import { described, query } from "./asked.ts";
import { cursorOf, readCursor } from "./cursor.ts";
import {
  activityShape,
  filesShape,
  paceShape,
  runsShape,
  settingsShape,
  storageShape,
} from "./schemas/lists.ts";
import { activityQuery, filesQuery, runsQuery } from "./schemas/requests.ts";

export function createListsApi(lists: Pick<LongLists, keyof LongLists>): Hono {
  const api = new Hono();
  api.get(
    "/runs",
    described(
      "Runs, filtered, searched and ordered: outcome, state, equipment, project, search, from, until, order",
      { shape: runsShape },
    ),
    query(runsQuery),
    async (c) => c.json(await lists.runs(c.req.valid("query"))),
  );
  api.get(
    "/jobs/:id/files",
    described("A run's files by path; search: part of the path, odd: only what is not as proven", {
      shape: filesShape,
    }),
    query(filesQuery),
    async (c) => {
      const asked = filesAsked(c.req.valid("query"));
      const { files, next, is_cut_short } = await lists.files(c.req.param("id"), asked);
      return c.json({ files, next: next === null ? null : cursorOf("files", next), is_cut_short });
    },
  );
  api.get(
    "/activity",
    described("What happened to all runs, newest first: run, equipment, kind, from, until", {
      shape: activityShape,
    }),
    query(activityQuery),
    async (c) => {
      const { events, next } = await lists.activity(activityAsked(c.req.valid("query")));
      return c.json({ events, next: next === null ? null : cursorOf("activity", String(next)) });
    },
  );
  api.get(
    "/storage",
    described("The disks, when they will be full, and the runs whose local copies went", {
      shape: storageShape,
    }),
    async (c) => c.json(await lists.storage()),
  );
  api.get(
    "/pace",
    described("How much came by day, was sent and waited by hour, and how soon runs are safe", {
      shape: paceShape,
    }),
    async (c) => c.json(await lists.pace()),
  );
  return api;
}

export function createSettingsApi(settings: () => Promise<SettingsView>): Hono {
  const api = new Hono();
  api.get(
    "/settings",
    described("The configuration in force, where each value comes from, what is wrong with it", {
      shape: settingsShape,
    }),
    async (c) => c.json(await settings()),
  );
  return api;
}

function filesAsked({ search, odd, cursor, limit }: z.output<typeof filesQuery>) {
  return {
    limit,
    ...(search === undefined ? {} : { search }),
    ...(odd === undefined ? {} : { odd }),
    ...(cursor === undefined ? {} : { after: readCursor("files", cursor) }),
  };
}

function activityAsked(asked: z.output<typeof activityQuery>) {
  const { run, equipment, kind, from, until, cursor, limit } = asked;
  return {
    limit,
    ...(run === undefined ? {} : { run }),
    ...(equipment === undefined ? {} : { equipmentId: equipment }),
    ...(kind === undefined ? {} : { kinds: kind }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
    ...(cursor === undefined ? {} : { beforeSeq: Number(readCursor("activity", cursor)) }),
  };
}
