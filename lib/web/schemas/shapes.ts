/**
 * The named shapes of the API's answers. A shape says once what an answer holds: the OpenAPI document
 * names it, and each answer in the tests is checked against it. That it fits the view it describes is
 * for the compiler (`satisfies z.ZodType<…View>`).
 *
 * Shapes are strict, so that a field nobody described is found; the document is not, because fields
 * are added (`docs/formats.md`).
 */
import * as z from "zod";

const SHAPES = z.registry<{ readonly id: string }>();

/** Gives a shape its name in the document. */
export function shape<T extends z.ZodType>(id: string, schema: T): T {
  SHAPES.add(schema, { id });
  return schema;
}

/** Where the document keeps a shape. */
const refOf = (id: string) => `#/components/schemas/${id}`;

/** What the document says of a schema: a reference for a named shape. */
export function referenceTo(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const known = SHAPES.get(schema);
  if (known) return { $ref: refOf(known.id) };
  throw new RangeError("an answer's shape has no name");
}

/** All named shapes, as JSON schemas. */
export function documentedShapes(): Record<string, unknown> {
  const { schemas } = z.toJSONSchema(SHAPES, {
    uri: refOf,
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}

/** Whole numbers from 0: files, bytes, runs, seconds. */
export const count = z.int().min(0);
/** An instant as `Date.toISOString()` writes it. */
export const instant = z.iso.datetime();
/** Plain JSON of which only its writer knows more. */
export const anything = z.record(z.string(), z.unknown());
