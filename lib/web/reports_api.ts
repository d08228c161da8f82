/** `/api/v1/reports`: the living reports, and notes on them. A note names its author. */
import { Hono } from "hono";
import { z } from "zod";
import { LabferryError } from "../base/mod.ts";
import { readBody } from "./body.ts";
import { addNote, type ReportStore, statusOf } from "../reports/mod.ts";

const listQuery = z.object({
  status: z.enum(["active", "archived", "deleted"]).optional(),
  tag: z.string().optional(),
});
const noteBody = z.object({
  text: z.string().min(1).max(20_000),
  author: z.string().min(1).max(200),
  section: z.string().optional(),
  about: z.string().optional(),
  outline_version: z.number().int().optional(),
});

export function createReportsApi(store: ReportStore): Hono {
  const api = new Hono();
  api.get("/", async (c) => {
    const { status, tag } = read(listQuery, c.req.query());
    const { entries, notices } = await store.list({
      ...(status === undefined ? {} : { status }),
      ...(tag === undefined ? {} : { tag }),
    });
    return c.json({ reports: entries, notices });
  });
  api.get("/:id", async (c) => {
    const report = await store.find(c.req.param("id"));
    const { outline, notices } = await report.read();
    const chain = await report.chainHead();
    return c.json({ report: outline, status: statusOf(outline), chain, notices });
  });
  api.post("/:id/notes", async (c) => {
    const { text, author, section, about, outline_version } = await readBody(c, noteBody);
    const report = await store.find(c.req.param("id"));
    const { outline, event, warnings } = await report.change(
      addNote({ text, author, section, about }),
      { actor: "human", expectedVersion: outline_version },
    );
    return c.json({
      report_id: report.id,
      outline_version: outline.outline_version,
      action_id: event?.action_id ?? null,
      warnings,
    }, 201);
  });
  return api;
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LabferryError("usage", "The request cannot be read", {
    why: z.prettifyError(parsed.error),
  });
}
