import { dirname, join as joinPaths } from "node:path";

/** A folder that is gone when its scope ends: `await using dir = await tempDir();`. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** Joins below the folder. */
  join(...parts: string[]): string;
  /** Writes a file below the folder, making its parents. */
  write(path: string, content: string | Uint8Array): Promise<string>;
}

/** Below `dir`, where that is given, else where the system has such folders. */
export async function tempDir(prefix = "labferry-test-", dir?: string): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix, ...(dir === undefined ? {} : { dir }) });
  const join = (...parts: string[]) => joinPaths(path, ...parts);
  return {
    path,
    join,
    async write(name, content) {
      const file = join(name);
      await Deno.mkdir(dirname(file), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
      return file;
    },
    async [Symbol.asyncDispose]() {
      await removeTree(path);
    },
  };
}

const TRIES = 20;
const REST_MS = 250;

/** What an ended service left behind on a disk that hung may still write its last line in there. */
async function removeTree(path: string): Promise<void> {
  for (let tried = 1;; tried++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code !== "ENOTEMPTY" || tried === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
  }
}
