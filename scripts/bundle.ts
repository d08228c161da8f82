/**
 * The program as a few JavaScript files, one for each part that is loaded by itself: a command loads
 * what it uses, and a thread of the disk pool its own part. What `compile.ts` makes the executable
 * from: read as one module a source file, a start takes half as long again.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Bundles `main.ts` into `dir`, and gives the file that is run. */
export async function bundleProgram(dir: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--code-splitting", "--outdir", dir, "main.ts"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`deno bundle: ${new TextDecoder().decode(stderr).trimEnd()}`);
  return join(dir, "main.js");
}
