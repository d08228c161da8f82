/** The OpenAPI document, made from the routes there are and the schemas of what they take and answer. */
import type { Hono } from "hono";
import * as z from "zod";
import { type Answered, notesOf, type RouteNotes } from "./asked.ts";
import { problemShape } from "./schemas/problem.ts";
import { documentedShapes, referenceTo } from "./schemas/shapes.ts";

/** Where the API begins; what stands outside it is the page's and no contract. */
const BASE = "/api/v1";

export function openapiOf(app: Pick<Hono, "routes">): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, notes } of apiRoutes(app)) {
    (paths[path] ??= {})[method] = operation(path, notes);
  }
  return {
    openapi: "3.1.0",
    info: { title: "labferry", version: "1" },
    servers: [{ url: BASE }],
    paths,
    components: { schemas: documentedShapes() },
  };
}

export interface ApiRoute {
  readonly method: "get" | "post";
  /** As the document writes it: `/jobs/{id}`. */
  readonly path: string;
  readonly notes: RouteNotes;
}

/** A route has one entry for each of its handlers; here it is one. */
export function apiRoutes({ routes }: Pick<Hono, "routes">): ApiRoute[] {
  const found = new Map<string, ApiRoute>();
  for (const { method, path, handler } of routes) {
    if (!path.startsWith(`${BASE}/`) || !["GET", "POST"].includes(method)) continue;
    const shown = path.slice(BASE.length).replaceAll(/:(\w+)/g, "{$1}");
    const key = `${method} ${shown}`;
    const notes = { ...found.get(key)?.notes, ...notesOf(handler) };
    found.set(key, { method: method === "GET" ? "get" : "post", path: shown, notes });
  }
  return [...found.values()];
}

function operation(
  path: string,
  { summary, answer = {}, query, body }: RouteNotes,
): Record<string, unknown> {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...(query ? queryParameters(requestSchema(query)) : []),
  ];
  return {
    ...(summary === undefined ? {} : { summary }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body
      ? { requestBody: { content: { "application/json": { schema: requestSchema(body) } } } }
      : {}),
    responses: {
      [answer.status ?? 200]: { description: "OK", ...content(answer) },
      default: {
        description: "What kept it from being done",
        content: { "application/problem+json": { schema: referenceTo(problemShape) } },
      },
    },
  };
}

function content({ shape, mediaType = "application/json" }: Answered): object {
  if (shape) return { content: { [mediaType]: { schema: referenceTo(shape) } } };
  return { content: { [mediaType]: {} } };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function queryParameters({ properties = {}, required = [] }: ObjectSchema): object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

/** As a caller writes it, before defaults and conversions. */
function requestSchema(schema: z.ZodType): ObjectSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return made as ObjectSchema;
}
