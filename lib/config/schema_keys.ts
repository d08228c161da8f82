/** The keys the schema knows at a place, so that a mistyped one can be set right. */
import type { z } from "zod";
import type { KeyPath } from "./problems.ts";

/** The parts of zod's own description of a schema that are walked here. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
}

export function keysAt(
  judged: { readonly schema: z.ZodType; readonly value: unknown },
  path: KeyPath,
): string[] {
  let schema: z.ZodType | undefined = bare(judged.schema, judged.value);
  let value = judged.value;
  for (const key of path) {
    const def: Definition | undefined = schema && definition(schema);
    schema = typeof key === "number" ? def?.element : def?.shape?.[key];
    value = (value as Record<string | number, unknown> | undefined)?.[key];
    if (!schema) return [];
    schema = bare(schema, value);
  }
  return Object.keys((schema && definition(schema).shape) ?? {});
}

/** Takes off defaults and optionality, and picks a union's option by the value's discriminator. */
function bare(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  const { innerType, options, discriminator } = definition(schema);
  if (innerType) return bare(innerType, value);
  if (!options || discriminator === undefined) return schema;
  const word = (value as Record<string, unknown> | undefined)?.[discriminator];
  return options.find((option) =>
    definition(option).shape?.[discriminator]?.safeParse(word).success === true
  );
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}
