/**
 * Somebody else's validator of RO-Crates, as a program: `ro_crate_main.ts FOLDER` prints what the library of
 * those who write the specification finds in it, one JSON list of `{status, id, message, entity}`.
 *
 * Its own program asks the network for the context and reads its options as an older commander gave them; here
 * the context comes from the library's own copy, for exactly the address of RO-Crate 1.2.
 */
import context from "ro-crate/lib/context.json" with { type: "json" };

const CONTEXT = "https://w3id.org/ro/crate/1.2/context";
globalThis.fetch = (input) =>
  Promise.resolve(
    String(input) === CONTEXT ? Response.json(context) : new Response("", { status: 404 }),
  );
/** Its types leave it out. */
interface Judge {
  readonly results: readonly unknown[];
  parseJSON(document: unknown): void;
  validate(): Promise<boolean>;
  checkFiles(files: Record<string, { exists: boolean; inCrate: boolean }>): void;
}
const { Validator } = await import("ro-crate") as unknown as { Validator: new () => Judge };

const folder = Deno.args[0]!;
const validator = new Validator();
validator.parseJSON(JSON.parse(await Deno.readTextFile(`${folder}/ro-crate-metadata.json`)));
await validator.validate();
const files: Record<string, { exists: boolean; inCrate: boolean }> = {};
for await (const path of filesBelow("")) {
  // An @id is a relative URI.
  const id = path.split("/").map(encodeURIComponent).join("/");
  files[id] = { exists: true, inCrate: false };
}
validator.checkFiles(files);
console.log(JSON.stringify(validator.results));

async function* filesBelow(below: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
