/**
 * From where a change is asked for: the command line sends the token and its account's name, a browser a
 * session. The name is what the command line says; whoever has the token may change things anyway.
 */
import type { MiddlewareHandler } from "hono";
import { askedBy } from "../control/mod.ts";

export const ACCOUNT_HEADER = "Labferry-Account";
const LONGEST = 256;

/** Behind the guard: what comes here may be done. */
export function askerOf(): MiddlewareHandler {
  return (c, next) => {
    // Who reads is noted nowhere.
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const via = c.req.header("authorization") === undefined ? "page" : "cli";
    return askedBy({ via, account: accountFrom(c.req.header(ACCOUNT_HEADER)) }, () => next());
  };
}

function accountFrom(header: string | undefined): string | null {
  if (header === undefined || header.length > LONGEST) return null;
  try {
    return decodeURIComponent(header) || null;
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
