/** Errors as `application/problem+json` (RFC 9457), with labferry's stable `code` beside them. */
import type { Context } from "hono";
import { EXIT, exitCodeOf, LabferryError, messageOf } from "../base/mod.ts";

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 422 | 500 | 503;

export function problem(
  c: Context,
  status: ProblemStatus,
  code: string,
  detail: string,
  hint?: string,
): Response {
  const body = {
    type: "about:blank",
    title: code,
    status,
    detail,
    code,
    ...(hint ? { hint } : {}),
  };
  return c.body(JSON.stringify(body), status, { "Content-Type": "application/problem+json" });
}

/** The answer to an error thrown anywhere below a route. */
export function problemOf(c: Context, error: unknown): Response {
  if (!(error instanceof LabferryError)) return problem(c, 500, "internal", messageOf(error));
  return problem(c, statusOf(error), error.code, error.message, error.hint);
}

function statusOf(error: LabferryError): ProblemStatus {
  if (error.code === "unknown_run" || error.code === "unknown_report") return 404;
  if (error.code === "wrong_state" || error.code === "conflict") return 409;
  switch (exitCodeOf(error)) {
    case EXIT.usage:
      return 400;
    case EXIT.gate:
      return 422;
    case EXIT.destination:
    case EXIT.lockTimeout:
      return 503;
    default:
      return 500;
  }
}
