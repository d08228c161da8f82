/**
 * What a route asks for and answers, said once: the schema that checks the request gives the handler
 * its types, the client (`http_control.ts`) its own, and the OpenAPI document its text
 * (`openapi.ts`); the answer's shape is the document's, and the tests check each answer against it.
 */
import type { Env, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { readBody, readQuery } from "./body.ts";

/** A good answer: JSON of a shape, or something else of that media type. */
export interface Answered {
  /** @default 200 */
  readonly status?: 200 | 201;
  readonly shape?: z.ZodType;
  readonly mediaType?: string;
}

/** What the document says of a route; each part stands at the handler that knows it. */
export interface RouteNotes {
  readonly summary?: string;
  readonly answer?: Answered;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

const notes = new WeakMap<object, RouteNotes>();

/** What a handler of `Hono.routes` has to say; nothing for most. */
export function notesOf(handler: object): RouteNotes {
  return notes.get(handler) ?? {};
}

type Checks<Target extends string, T extends z.ZodType> = MiddlewareHandler<
  Env,
  string,
  { in: { [K in Target]: z.input<T> }; out: { [K in Target]: z.output<T> } }
>;

/** One line for the document, and what the route answers. */
export function described(summary: string, answer: Answered): MiddlewareHandler {
  const handler: MiddlewareHandler = (_, next) => next();
  notes.set(handler, { summary, answer });
  return handler;
}

/**
 * The body as `c.req.valid("json")`: JSON whatever its content type says, an empty one is `{}`.
 * (Hono's own `validator` takes a body that is not called `application/json` for an empty one: a pause
 * of one equipment would be a pause of all.)
 */
export function body<T extends z.ZodType>(schema: T): Checks<"json", T> {
  const handler: Checks<"json", T> = async (c, next) => {
    c.req.addValidatedData("json", await readBody(c, schema) as object);
    await next();
  };
  notes.set(handler, { body: schema });
  return handler;
}

/** The query as `c.req.valid("query")`. */
export function query<T extends z.ZodType>(schema: T): Checks<"query", T> {
  const handler: Checks<"query", T> = async (c, next) => {
    c.req.addValidatedData("query", readQuery(c, schema) as object);
    await next();
  };
  notes.set(handler, { query: schema });
  return handler;
}
