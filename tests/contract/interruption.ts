/** Clauses about pushes that end early, and about those that come after. */
import assert from "node:assert/strict";
import { isAbort } from "../../lib/base/mod.ts";
import { exists, FAR_DIR, filesBelow, noise, pushDefaults, sha256 } from "./stage.ts";
import type { Clause } from "./suite.ts";

/** Slow enough that 20 MB are under way for seconds, however fast the disk is. */
const SLOW_MBPS = 40;

export const INTERRUPTION: readonly Clause[] = [
  {
    id: "cancel-and-resume",
    sentence: "stops when told, claims nothing half done, and finishes the next time",
    async run({ write, push, hash, far, connect, runDir, signal }) {
      const bytes = noise(20_000_000, 2);
      const files = [await write("big.tif", bytes)];
      const stop = new AbortController();
      await assert.rejects(
        push(files, {
          uploadMbps: SLOW_MBPS,
          signal: AbortSignal.any([stop.signal, signal]),
          onProgress: ({ bytesDone }) => {
            if (bytesDone > 0 && bytesDone < bytes.length) stop.abort();
          },
        }),
        isAbort,
      );
      const { hashes } = await hash(["big.tif"]);
      const there = await exists(far(FAR_DIR, "big.tif"));
      assert.equal(
        hashes[0]![1],
        there ? sha256(await Deno.readFile(far(FAR_DIR, "big.tif"))) : null,
      );
      assert.notEqual(hashes[0]![1], sha256(bytes), "the push was not stopped in its middle");
      const next = await connect();
      await next.push({ ...pushDefaults(runDir, signal), files });
      assert.equal(sha256(await Deno.readFile(far(FAR_DIR, "big.tif"))), sha256(bytes));
      assert.deepEqual(await filesBelow(far(FAR_DIR)), ["big.tif"], "leftovers");
    },
  },
  {
    id: "cancelled-before",
    sentence: "sends nothing when it was cancelled before it began",
    async run({ write, push, place }) {
      const files = [await write("a.dat", "A")];
      await assert.rejects(push(files, { signal: AbortSignal.abort() }), isAbort);
      assert.deepEqual(await filesBelow(place.basePath), []);
    },
  },
  {
    id: "dispose",
    sentence: "ends a push and every child process when its session is disposed",
    tools: ["linux"],
    async run({ write, runDir, connect, signal, token, session: first }) {
      const files = [await write("big.tif", noise(20_000_000, 3))];
      // The stage's own session has the same token, and may hold a connection open.
      await first[Symbol.asyncDispose]();
      const session = await connect();
      const begun = Promise.withResolvers<void>();
      const pushed = session.push({
        ...pushDefaults(runDir, signal),
        files,
        uploadMbps: SLOW_MBPS,
        onProgress: ({ bytesDone }) => bytesDone > 0 && begun.resolve(),
      });
      pushed.catch((error) => begun.reject(error));
      await begun.promise;
      await Promise.all([assert.rejects(pushed), session[Symbol.asyncDispose]()]);
      assert.deepEqual(await childrenWith(token), []);
    },
  },
  {
    id: "push-again",
    sentence: "pushes a second time onto what has arrived, and sends what changed",
    async run({ write, push, far }) {
      const a = await write("a.dat", "first");
      const b = await write("b.dat", "same");
      await push([a, b]);
      const changed = await write("a.dat", "second", 1_700_000_500_000);
      await push([changed, b]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "second");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "b.dat")), "same");
    },
  },
];

/** Process ids whose environment carries the token (Linux). */
async function childrenWith(token: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = await Deno.readTextFile(`/proc/${name}/environ`);
      if (environment.includes(`LABFERRY_JOB=${token}`)) found.push(name);
    } catch (error) {
      // A process that ended meanwhile (ESRCH too), or another user's: neither is a child of ours.
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
    }
  }
  return found;
}
