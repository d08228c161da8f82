/** The OpenAPI document, made from the routes there are and the schemas that check their requests. */
import type { Hono } from "hono";
import { z } from "zod";
import { notesOf, type RouteNotes } from "./asked.ts";

/** Where the API begins; what stands outside it is the page's and no contract. */
const BASE = "/api/v1";

export function openapiOf({ routes }: Pick<Hono, "routes">): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [key, noted] of notedRoutes(routes)) {
    const [method, path] = key.split(" ", 2) as [string, string];
    (paths[path] ??= {})[method] = operation(path, noted);
  }
  return {
    openapi: "3.1.0",
    info: { title: "labferry", version: "1" },
    servers: [{ url: BASE }],
    paths,
    components: { schemas: { Problem: schemaOf(PROBLEM) } },
  };
}

/** By `get /jobs/{id}`; a route has one entry for each of its handlers. */
function notedRoutes(routes: Hono["routes"]): Map<string, RouteNotes> {
  const found = new Map<string, RouteNotes>();
  for (const { method, path, handler } of routes) {
    if (!path.startsWith(`${BASE}/`) || !["GET", "POST"].includes(method)) continue;
    const shown = path.slice(BASE.length).replaceAll(/:(\w+)/g, "{$1}");
    const key = `${method.toLowerCase()} ${shown}`;
    found.set(key, { ...found.get(key), ...notesOf(handler) });
  }
  return found;
}

function operation(path: string, { summary, query, body }: RouteNotes): Record<string, unknown> {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...(query ? queryParameters(schemaOf(query)) : []),
  ];
  return {
    ...(summary === undefined ? {} : { summary }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body
      ? { requestBody: { content: { "application/json": { schema: schemaOf(body) } } } }
      : {}),
    responses: {
      "200": { description: "OK" },
      default: {
        description: "What kept it from being done",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
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
function schemaOf(schema: z.ZodType): ObjectSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return made as ObjectSchema;
}

/** `problem.ts`. */
const PROBLEM = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().optional(),
});
