/**
 * One server for all tests of a file: started before the first of them, ended after the last. Without
 * the tools nothing is started, and the tests that need them are skipped or fail by themselves.
 *
 * ```ts
 * const server = shared(["samba"], () => startSamba(folder));
 * Deno.test("…", () => server().port);
 * ```
 */
import { hasTool, type Tool } from "./needs.ts";

export function shared<Server extends AsyncDisposable>(
  tools: readonly Tool[],
  start: () => Promise<Server>,
): () => Server {
  let server: Server | null = null;
  if (tools.every(hasTool)) {
    Deno.test.beforeAll(async () => void (server = await start()));
    Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());
  }
  return () => {
    if (server === null) throw new Error("the file's server is not running");
    return server;
  };
}
