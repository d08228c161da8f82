/**
 * What is asked again and again (a page, a script that polls) is sent again only when it is another:
 * an ETag over the answer's bytes, and 304 for whoever has them. Nothing is kept here for it.
 */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";

/** For good answers in JSON to a GET; whoever holds a copy says so in `If-None-Match`. */
export function entityTags(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const type = c.res.headers.get("content-type") ?? "";
    if (c.req.method !== "GET" || c.res.status !== 200 || !type.startsWith("application/json")) {
      return;
    }
    const bytes = new Uint8Array(await c.res.arrayBuffer());
    const tag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const headers = new Headers(c.res.headers);
    headers.set("ETag", tag);
    const isKnown = knows(c.req.header("if-none-match"), tag);
    if (isKnown) headers.delete("content-type");
    c.res = undefined;
    c.res = isKnown
      ? new Response(null, { status: 304, headers })
      : new Response(bytes, { status: 200, headers });
  };
}

/** RFC 9110, 13.1.2: by weak comparison. */
function knows(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false;
  if (asked.trim() === "*") return true;
  return asked.split(",").some((one) => one.trim().replace(/^W\//, "") === tag);
}
