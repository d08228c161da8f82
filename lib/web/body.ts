/** A request's body and query as checked values. */
import type { Context } from "hono";
import { z } from "zod";
import { LabferryError } from "../base/mod.ts";

/** An empty body counts as `{}`. @throws LabferryError `usage` */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const text = await c.req.text();
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LabferryError("usage", "The request's body is not JSON", { why: error.message });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new LabferryError("usage", "The request's body cannot be read", {
      why: z.prettifyError(parsed.error),
    });
  }
  return parsed.data;
}

/** @throws LabferryError `usage` */
export function readQuery<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  throw new LabferryError("usage", "The query cannot be read", {
    why: z.prettifyError(parsed.error),
  });
}
