/**
 * Answers that are read whole, in one drawing for all who ask at once. At each piece of news every open
 * page asks for itself again, within a few milliseconds of the others, and scripts poll: with a hundred
 * thousand runs an answer takes 2 to 7 ms, and whoever came fourth waited for three of the same. So a
 * question waits for the end of the turn of the event loop, and all that ask the same until then get one
 * answer. It is begun after the last of them has asked: nobody is told what was true before.
 *
 * Shared is what the same address says to the same rights and the same kind of reader; what gives
 * somebody something of his own (a cookie) or never ends (events) is never shared.
 *
 * An answer in JSON has an ETag over its bytes, and whoever has them already gets 304.
 */
import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { turn } from "../base/mod.ts";
import { wholeResponse } from "./http/whole.ts";

interface Whole {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null for what is no good answer in JSON. */
  readonly tag: string | null;
}

export interface SharingOptions {
  /** What the answer depends on beside its address: two requests that differ in it share nothing. */
  readonly readerOf: (c: Context) => string;
}

/** For GET; behind the guards, which judge each request by itself. */
export function wholeAnswers({ readerOf }: SharingOptions): MiddlewareHandler {
  const asked = new Map<string, Promise<Whole | null>>();
  return async (c, next) => {
    if (c.req.method !== "GET") return await next();
    const question = JSON.stringify([readerOf(c), c.req.url]);
    const begun = asked.get(question);
    if (begun) {
      const whole = await begun;
      return whole ? answerWith(c, whole) : await next();
    }
    const { promise, resolve } = Promise.withResolvers<Whole | null>();
    asked.set(question, promise);
    await turn();
    // Whoever asks from here on might be told what was true before: a drawing of its own.
    asked.delete(question);
    let whole: Whole | null = null;
    try {
      await next();
      whole = await wholeOf(c.res);
    } finally {
      resolve(whole);
    }
    if (whole) answerWith(c, whole);
  };
}

const SHARED_TYPES = ["application/json", "application/problem+json", "text/html", "text/plain"];

/** Null for an answer that is one reader's alone, or has no end. */
async function wholeOf(answer: Response): Promise<Whole | null> {
  const { status, headers } = answer;
  const type = headers.get("content-type") ?? "";
  const isShared = SHARED_TYPES.some((one) => type.startsWith(one)) && !headers.has("set-cookie");
  if (!isShared) return null;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const isGood = status === 200 && type.startsWith("application/json");
  return { status, headers, bytes, tag: isGood ? tagOf(bytes) : null };
}

function tagOf(bytes: Uint8Array): string {
  return `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
}

function answerWith(c: Context, whole: Whole): void {
  const { status, bytes, tag } = whole;
  const headers = new Headers(whole.headers);
  if (tag !== null) headers.set("ETag", tag);
  const isKnown = tag !== null && knows(c.req.header("if-none-match"), tag);
  if (isKnown) headers.delete("content-type");
  // Set twice: Hono would put the headers of the first into the second.
  c.res = undefined;
  c.res = isKnown
    ? new Response(null, { status: 304, headers })
    : wholeResponse(bytes, { status, headers });
}

/** RFC 9110, 13.1.2: by weak comparison. */
function knows(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false;
  if (asked.trim() === "*") return true;
  return asked.split(",").some((one) => one.trim().replace(/^W\//, "") === tag);
}
