/**
 * Who may talk to the page. It listens on loopback, but a browser on this PC will carry anybody's
 * requests there: so every route checks the Host (DNS rebinding), and every change also checks
 * where it comes from and asks for the token. hono's own `csrf()` trusts the Host header, which is
 * just what an attacker controls, so it is not used.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { encodeUtf8 } from "../base/mod.ts";
import { problem } from "./problem.ts";

export const SESSION_COOKIE = "labferry_session";

export interface GuardOptions {
  readonly port: number;
  /** The secret in `<state>/token`; the command line sends it as a bearer token. */
  readonly token: string;
  /** True for a session cookie value that `labferry open` has bought. */
  readonly isSession: (value: string) => boolean;
}

/** Refuses a request whose Host is not a loopback name of ours; on every route. */
export function hostGuard({ port }: Pick<GuardOptions, "port">): MiddlewareHandler {
  const allowed = new Set(loopbackHosts(port));
  return async (c, next) => {
    const host = c.req.header("host")?.toLowerCase() ?? "";
    if (!allowed.has(host)) {
      return problem(
        c,
        403,
        "foreign_host",
        "This page answers only to 127.0.0.1, localhost and [::1].",
      );
    }
    await next();
    c.header("X-Content-Type-Options", "nosniff");
    c.header("X-Frame-Options", "DENY");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    c.header("Content-Security-Policy", CONTENT_POLICY);
  };
}

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Refuses a change that another site asks for, or that brings neither token nor session. */
export function changeGuard(options: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return await next();
    if (!comesFromHere(c, options.port)) {
      return problem(
        c,
        403,
        "foreign_origin",
        "Changes must come from labferry's own page or command line.",
      );
    }
    if (!mayChange(c, options)) {
      return problem(
        c,
        401,
        "token_required",
        "Changes need the token; run `labferry open` to get a page that may make them.",
      );
    }
    await next();
  };
}

/** True when the request carries the token or a session of this service. */
export function mayChange(c: Context, { token, isSession }: GuardOptions): boolean {
  const bearer = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "")?.[1];
  if (bearer !== undefined) return equalSecrets(bearer, token);
  const cookie = getCookie(c, SESSION_COOKIE);
  return cookie !== undefined && isSession(cookie);
}

/** A browser says where a request comes from; one without both headers is no browser. */
function comesFromHere(c: Context, port: number): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = c.req.header("origin");
  if (origin === undefined) return true;
  return loopbackHosts(port).some((host) => origin.toLowerCase() === `http://${host}`);
}

function loopbackHosts(port: number): string[] {
  return ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`);
}

/** Compares two secrets in a time that says nothing about where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(encodeUtf8(text)).digest();
  return timingSafeEqual(digest(a), digest(b));
}
