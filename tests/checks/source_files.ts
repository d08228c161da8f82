/** The project's own source, for checks that read it. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

export interface SourceFile {
  /** Below the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file below a folder of the project. */
export async function* sourceFiles(folder: string): AsyncGenerator<SourceFile> {
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (entry.name.endsWith(".ts")) {
      yield {
        path: relative(ROOT, join(ROOT, path)),
        text: await Deno.readTextFile(join(ROOT, path)),
      };
    }
  }
}
