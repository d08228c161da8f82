/** A request's body and query as checked values. */
import type { Context } from "hono";
import * as z from "zod";
import { LabferryError } from "../base/mod.ts";

/** One thing of a request that cannot be taken. */
export interface RequestFault {
  readonly in: "body" | "query";
  /** A JSON pointer (RFC 6901); empty for the whole of it. */
  readonly path: string;
  readonly detail: string;
}

/** A request that is not what its schema says; `usage`. */
export class UnreadableRequest extends LabferryError {
  constructor(what: string, readonly faults: readonly RequestFault[]) {
    super("usage", what, { why: faults.map(faultLine).join("; ") });
  }
}

/** Told of one request; a body of a thousand wrong entries is wrong enough by the first. */
const MOST_FAULTS = 20;

/** An empty body counts as `{}`. @throws UnreadableRequest */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const text = await c.req.text();
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = { in: "body", path: "", detail: error.message } as const;
    throw new UnreadableRequest("The request's body is not JSON", [fault]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, "body");
  throw new UnreadableRequest("The request's body cannot be taken", faults);
}

/** @throws UnreadableRequest */
export function readQuery<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  const parsed = schema.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  throw new UnreadableRequest("The query cannot be taken", faultsOf(parsed.error, "query"));
}

function faultsOf({ issues }: z.ZodError, where: RequestFault["in"]): RequestFault[] {
  return issues.slice(0, MOST_FAULTS).map(({ path, message }) => ({
    in: where,
    path: path.map((key) => `/${pointerPart(String(key))}`).join(""),
    detail: message,
  }));
}

function pointerPart(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function faultLine({ path, detail }: RequestFault): string {
  return path === "" ? detail : `${path}: ${detail}`;
}
