/** Errors as `application/problem+json` (RFC 9457), with labferry's stable `code` beside them. */
import type { Context } from "hono";
import { logger } from "../base/log.ts";
import { type Code, CODES, type ErrorStatus, LabferryError, messageOf } from "../base/mod.ts";
import { type RequestFault, UnreadableRequest } from "./body.ts";

export interface Problem {
  readonly code: Code;
  readonly detail: string;
  readonly hint?: string | undefined;
  /** The file or folder concerned. */
  readonly path?: string | undefined;
  /** What of the request cannot be taken. */
  readonly errors?: readonly RequestFault[];
  /** @default {the code's own} */
  readonly status?: ErrorStatus;
}

export function problem(
  c: Context,
  { code, detail, hint, path, errors, status }: Problem,
): Response {
  const answered = status ?? CODES[code].http;
  const body = {
    type: "about:blank",
    title: code,
    status: answered,
    detail,
    code,
    ...(hint ? { hint } : {}),
    ...(path ? { path } : {}),
    ...(errors ? { errors } : {}),
  };
  return c.body(JSON.stringify(body), answered, { "Content-Type": "application/problem+json" });
}

/** A path with nothing behind it. (A file that is not there is `not_found` too, and no 404.) */
export function nothingAt(c: Context): Response {
  return problem(c, {
    code: "not_found",
    detail: `There is nothing at ${c.req.path}.`,
    status: 404,
  });
}

/** The answer to an error thrown anywhere below a route. */
export function problemOf(c: Context, error: unknown): Response {
  if (!(error instanceof LabferryError)) {
    const stack = error instanceof Error ? error.stack : undefined;
    logger("web").error("a request failed: {message}", { message: messageOf(error), stack });
    return problem(c, {
      code: "internal",
      detail: messageOf(error),
      hint: "this is a fault in labferry; see app.log",
    });
  }
  const { code, message, hint, path } = error;
  const about = error instanceof UnreadableRequest ? { errors: error.faults } : {};
  return problem(c, { code, detail: message, hint, path, ...about });
}
