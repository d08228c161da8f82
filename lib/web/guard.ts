/**
 * Who may talk to the page. It listens on loopback, but a browser on this PC will carry anybody's
 * requests there: so every route checks the Host (DNS rebinding), no other site's page may load
 * anything from here, and every change also checks where it comes from and asks for the token.
 * hono's own `csrf()` trusts the Host header, which is just what an attacker controls, so it is not
 * used.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { encodeUtf8 } from "../base/mod.ts";
import { problem } from "./problem.ts";

export interface GuardOptions {
  readonly port: number;
  /** The secret in `<state>/token`; the command line sends it as a bearer token. */
  readonly token: string;
  /** True for a session cookie value that `labferry open` has bought. */
  readonly isSession: (value: string) => boolean;
}

/** Refuses a request whose Host is not a loopback name of ours; on every route. */
export function hostGuard({ port }: Pick<GuardOptions, "port">): MiddlewareHandler {
  return async (c, next) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) c.header(name, value);
    if (!isOurHost(c.req.header("host") ?? "", port)) {
      return problem(c, {
        code: "foreign_host",
        detail: "This page answers only to 127.0.0.1, localhost and [::1].",
      });
    }
    if (isLoadedByAnotherSite(c)) {
      return problem(c, {
        code: "foreign_origin",
        detail: "Another site's page may not load this.",
      });
    }
    await next();
  };
}

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Of every answer, those included that are given before a request can be read. */
export const SAFE_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": CONTENT_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** Refuses a change that another site asks for, or that brings neither token nor session. */
export function changeGuard(options: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return await next();
    if (!comesFromHere(c)) {
      return problem(c, {
        code: "foreign_origin",
        detail: "Changes must come from labferry's own page or command line.",
      });
    }
    if (!mayChange(c, options)) {
      return problem(c, {
        code: "token_required",
        detail: "Changes need the token.",
        hint: "run `labferry open` to get a page that may change things",
      });
    }
    await next();
  };
}

/** True when the request carries the token or a session of this service. */
export function mayChange(c: Context, { port, token, isSession }: GuardOptions): boolean {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const bearer = /^Bearer (.+)$/.exec(authorization)?.[1];
    return bearer !== undefined && equalSecrets(bearer, token);
  }
  const cookie = getCookie(c, sessionCookie(port));
  return cookie !== undefined && isSession(cookie);
}

export function giveSession(c: Context, port: number, session: string): void {
  setCookie(c, sessionCookie(port), session, { httpOnly: true, sameSite: "Strict", path: "/" });
}

/** Cookies know no ports: with one name a demo's session would push out the service's. */
function sessionCookie(port: number): string {
  return `labferry_session_${port}`;
}

/** An address of the loopback block cannot be rebound; a name other than `localhost` can. */
function isOurHost(host: string, port: number): boolean {
  const parts = /^(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\])(?::(\d{1,5}))?$/
    .exec(
      host.toLowerCase(),
    );
  return parts !== null && Number(parts[1] ?? 80) === port;
}

/** Following a link from another page to here is fine; embedding, fetching or streaming is not. */
function isLoadedByAnotherSite(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  return foreign && c.req.header("sec-fetch-mode") !== "navigate";
}

/** A browser says where a change comes from; a request without either header is no browser's. */
function comesFromHere(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = c.req.header("origin");
  return origin === undefined ||
    origin.toLowerCase() === `http://${c.req.header("host")?.toLowerCase()}`;
}

/** Compares two secrets in a time that says nothing about where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(encodeUtf8(text)).digest();
  return timingSafeEqual(digest(a), digest(b));
}
