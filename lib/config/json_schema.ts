/** The JSON Schema of the file, from the one schema there is, so that editors complete and check it. */
import { z } from "zod";
import { fileSchema, FOREIGN_SECTIONS } from "./schema.ts";

/** The name `config init` and the docs give the schema's file, beside the configuration. */
export const SCHEMA_FILE_NAME = "config.schema.json";

export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: "input", target: "draft-7" });
  const foreign = FOREIGN_SECTIONS.map((name) => [
    name,
    { description: "A section of ExLab-Wizard; labferry ignores it." },
  ]);
  return {
    ...schema,
    title: "labferry configuration",
    properties: { ...schema.properties, ...Object.fromEntries(foreign) },
  };
}
