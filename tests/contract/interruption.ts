/** Clauses about pushes that end early, and about those that come after. */
import assert from "node:assert/strict";
import { isAbort } from "../../lib/base/mod.ts";
import type { FileToSend } from "../../lib/transports/contract.ts";
import {
  exists,
  FAR_DIR,
  filesBelow,
  noise,
  pushDefaults,
  sha256,
  sorted,
  type Stage,
} from "./stage.ts";
import type { Clause } from "./suite.ts";
import { writeThere } from "../support/write_there.ts";

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
    id: "killed-with-things-in-the-way",
    sentence: "loses nothing that stood there when two pushes are ended and a third goes on",
    run: endsTwice,
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

/** Each push has a fresh folder to set aside in, as the caller gives it. */
async function endsTwice({ write, far, connect, runDir, signal, place }: Stage): Promise<void> {
  const old = {
    "big.tif": noise(900_000, 11),
    "a.dat": noise(7_000, 12),
    ...(place.hasFolders === false ? {} : { "x": noise(8_000, 13) }),
  };
  await Deno.mkdir(far(FAR_DIR), { recursive: true });
  for (const [name, bytes] of Object.entries(old)) await writeThere(far(FAR_DIR, name), bytes);
  await place.forgetWrites?.();
  const now = new Map([
    ["a.dat", noise(7_001, 14)],
    ["big.tif", noise(20_000_000, 15)],
    ["x/b.dat", noise(9_000, 16)],
  ]);
  const files: FileToSend[] = [];
  for (const [path, bytes] of now) files.push(await write(path, bytes));
  const request = (name: string) => ({
    ...pushDefaults(runDir, signal),
    files: sorted(files),
    supersedeInto: `.labferry-superseded/${FAR_DIR}/${name}`,
  });
  for (const name of ["1", "2"]) {
    const session = await connect();
    const under = Promise.withResolvers<void>();
    const pushed = session.push({
      ...request(name),
      uploadMbps: SLOW_MBPS,
      onProgress: ({ bytesDone }) => bytesDone > 20_000 && under.resolve(),
    });
    pushed.then(() => under.reject(new Error("the push ended by itself")), under.reject);
    await under.promise;
    await Promise.all([assert.rejects(pushed), session[Symbol.asyncDispose]()]);
    const kept = await hashesBelow(place.basePath);
    for (const [path, bytes] of Object.entries(old)) {
      assert.ok(kept.has(sha256(bytes)), `${path} was lost by push ${name}`);
    }
  }
  const last = await connect();
  await last.push(request("3"));
  for (const [path, bytes] of now) {
    assert.equal(sha256(await Deno.readFile(far(FAR_DIR, path))), sha256(bytes), path);
  }
  assert.deepEqual(await filesBelow(far(FAR_DIR)), [...now.keys()], "leftovers");
  const aside = await hashesBelow(far(".labferry-superseded", FAR_DIR));
  for (const [path, bytes] of Object.entries(old)) assert.ok(aside.has(sha256(bytes)), path);
}

/** The call that was under way when a push was ended may move one more thing while this looks. */
const MOST_LOOKS = 10;

async function hashesBelow(dir: string, looks = 1): Promise<Set<string>> {
  const hashes = new Set<string>();
  for (const path of await filesBelow(dir)) {
    try {
      hashes.add(sha256(await Deno.readFile(`${dir}/${path}`)));
    } catch (error) {
      if (error instanceof Deno.errors.IsADirectory && looks < MOST_LOOKS) {
        return await hashesBelow(dir, looks + 1);
      }
      // A part that the ended push takes away behind itself, or one that cannot be decrypted (EIO).
      const isPart = error instanceof Error && /os error 5\b/.test(error.message);
      if (!isPart && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return hashes;
}

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
