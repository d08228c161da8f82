/**
 * The program as a few JavaScript files, one for each part that is loaded by itself: a command loads
 * what it uses, and a thread of the disk pool its own part. What `compile.ts` makes the executable
 * from: read as one module a source file, a start takes half as long again.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * What is only imported when it is used. Named by a literal, the runtime reads and analyses every such
 * part at each start, used or not: 90 files of 4 MB, 10 ms, and keeps their text. So the name is made
 * up at run time; an embedding has to be told of the parts (`scripts/compile/executable.ts`).
 */
const IMPORTED_LATER = /\bimport\(("\.\/[^"\n]+")\)/g;

/** Bundles `main.ts` into `dir`, and gives the file that is run. */
export async function bundleProgram(dir: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--code-splitting", "--outdir", dir, "main.ts"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`deno bundle: ${new TextDecoder().decode(stderr).trimEnd()}`);
  for await (const { name } of Deno.readDir(dir)) {
    if (name.endsWith(".js")) await nameLater(join(dir, name));
  }
  return join(dir, "main.js");
}

async function nameLater(file: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const later = text.replaceAll(IMPORTED_LATER, "import(new URL($1, import.meta.url).href)");
  if (later !== text) await Deno.writeTextFile(file, later);
}
