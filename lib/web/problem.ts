/** Errors as `application/problem+json` (RFC 9457), with labferry's stable `code` beside them. */
import type { Context } from "hono";
import { logger } from "../base/log.ts";
import { EXIT, exitCodeOf, LabferryError, messageOf } from "../base/mod.ts";

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 422 | 500 | 503;

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
  if (!(error instanceof LabferryError)) {
    const stack = error instanceof Error ? error.stack : undefined;
    logger("web").error("a request failed: {message}", { message: messageOf(error), stack });
    return problem(
      c,
      500,
      "internal",
      messageOf(error),
      "this is a fault in labferry; see app.log",
    );
  }
  return problem(c, statusOf(error), error.code, error.message, error.hint);
}

/** Codes whose status is not the one of their exit code. */
const STATUS_OF_CODE: Readonly<Record<string, ProblemStatus>> = {
  unknown_run: 404,
  unknown_report: 404,
  wrong_state: 409,
  nothing_to_accept: 409,
  conflict: 409,
  ambiguous_job: 409,
  run_busy: 409,
  job_moved: 409,
};

function statusOf(error: LabferryError): ProblemStatus {
  const status = STATUS_OF_CODE[error.code];
  if (status !== undefined) return status;
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
