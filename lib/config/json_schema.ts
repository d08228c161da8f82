/** The JSON Schema of the file, from the one schema there is, so that editors complete and check it. */

export async function configJsonSchema(): Promise<Record<string, unknown>> {
  const { schemaOfFile, FOREIGN_SECTIONS } = await import("./schema.ts");
  const schema = schemaOfFile();
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
