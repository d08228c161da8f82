/** Clauses about bringing files back: the list, whole, and over nothing that is here. */
import assert from "node:assert/strict";
import { isAbort, LabferryError } from "../../lib/base/mod.ts";
import type { FetchRequest, FileToSend, TransportProgress } from "../../lib/transports/contract.ts";
import { TransportError } from "../../lib/transports/failure.ts";
import { tempDir } from "../support/temp_dir.ts";
import {
  corrupt,
  exists,
  FAR_DIR,
  filesBelow,
  noise,
  sha256,
  sorted,
  type Stage,
} from "./stage.ts";
import type { Clause } from "./suite.ts";
import { writeThere } from "../support/write_there.ts";

const names: readonly string[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/names.json", import.meta.url)),
).names;

/** Slow enough that 20 MB are under way for seconds, however fast the disk is. */
const SLOW_MBPS = 40;

export const FETCH: readonly Clause[] = [
  {
    id: "fetch-list",
    sentence: "fetches exactly the list, and changes nothing over there",
    async run({ write, push, session, place, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "A"), await write("x/y/b.dat", "B")];
      await push([...files, await write("x/not asked for.dat", "N")]);
      const before = await filesBelow(place.basePath);
      await session.fetch(requestOf(files, { intoDir: into.path, signal }));
      assert.deepEqual(await contents(into.path), { "a.dat": "A", "x/y/b.dat": "B" });
      assert.deepEqual(await filesBelow(place.basePath), before);
    },
  },
  {
    id: "fetch-names",
    sentence: "fetches every name byte for byte",
    async run(stage) {
      const { write, push, session, place, signal } = stage;
      await using into = await tempDir();
      const files: FileToSend[] = [];
      for (const name of names) {
        const refused = place.transport.refusalOfName(name) !== null || place.refusesName?.(name);
        if (refused) continue;
        files.push(await write(name, `content of ${name}`));
        files.push(await write(`sub dir/${name}`, `nested ${name}`));
      }
      await push(files);
      await session.fetch(requestOf(files, { intoDir: into.path, signal }));
      assert.deepEqual(await filesBelow(into.path), sorted(files).map(({ path }) => path));
      for (const { path } of files) {
        const nested = path.startsWith("sub dir/");
        const content = nested ? `nested ${path.slice(8)}` : `content of ${path}`;
        assert.equal(await Deno.readTextFile(into.join(path)), content, JSON.stringify(path));
      }
    },
  },
  {
    id: "fetch-sizes",
    sentence: "fetches an empty file and one of 20 MB, and reports progress to the end",
    async run({ write, push, session, signal }) {
      await using into = await tempDir();
      const big = noise(20_000_000, 21);
      const files = [
        await write("big.tif", big),
        await write("empty.dat", ""),
        await write("small.dat", "s"),
      ];
      await push(files);
      const seen: TransportProgress[] = [];
      const onProgress = (progress: TransportProgress) => void seen.push({ ...progress });
      await session.fetch(requestOf(files, { intoDir: into.path, signal, onProgress }));
      assert.equal(sha256(await Deno.readFile(into.join("big.tif"))), sha256(big));
      assert.equal((await Deno.stat(into.join("empty.dat"))).size, 0);
      let before = 0;
      for (const { bytesDone } of seen) {
        assert.ok(bytesDone >= before && bytesDone <= 20_000_001, `${before} → ${bytesDone}`);
        before = bytesDone;
      }
      assert.deepEqual(seen.at(-1), { bytesDone: 20_000_001, filesDone: 3, currentPath: null });
    },
  },
  {
    id: "fetch-missing",
    sentence: "brings the rest when listed files, or the whole folder, are not there",
    async run({ write, push, session, far, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "A"), await write("gone.dat", "G")];
      const folder = await write("folder.dat", "F");
      await push(files);
      await Deno.remove(far(FAR_DIR, "gone.dat"));
      await Deno.mkdir(far(FAR_DIR, "folder.dat"));
      const deep = await write("no/such/folder.dat", "N");
      await session.fetch(requestOf([...files, folder, deep], { intoDir: into.path, signal }));
      assert.deepEqual(await contents(into.path), { "a.dat": "A" });
      const farDir = "Cortex Q3/Runs/Run_never";
      await session.fetch({ ...requestOf(files, { intoDir: into.path, signal }), farDir });
      assert.deepEqual(await contents(into.path), { "a.dat": "A" });
    },
  },
  {
    id: "fetch-no-base",
    sentence: "does not take a missing base for a run without files",
    async run({ write, push, session, place, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "A")];
      await push(files);
      await Deno.rename(place.basePath, `${place.basePath}-off`);
      const fetched = session.fetch(requestOf(files, { intoDir: into.path, signal }));
      await assert.rejects(fetched, TransportError);
      await Deno.rename(`${place.basePath}-off`, place.basePath);
    },
  },
  {
    id: "fetch-damaged",
    sentence: "brings what is there, and leaves the judging to the hash",
    async run({ write, push, session, far, place, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "as it was"), await write("b.dat", "longer")];
      await push(files);
      await corrupt(far(FAR_DIR, "a.dat"));
      await writeThere(far(FAR_DIR, "b.dat"), "cut");
      await place.forgetWrites?.();
      await session.fetch(requestOf(files, { intoDir: into.path, signal }));
      assert.equal(
        sha256(await Deno.readFile(into.join("a.dat"))),
        sha256(await Deno.readFile(far(FAR_DIR, "a.dat"))),
      );
      assert.equal(await Deno.readTextFile(into.join("b.dat")), "cut");
    },
  },
  {
    id: "fetch-here-already",
    sentence: "leaves a file alone that is here already, whatever it holds",
    async run({ write, push, session, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "from there"), await write("x/b.dat", "B")];
      await push(files);
      await into.write("a.dat", "from an earlier fetch");
      await into.write("x/by hand.txt", "mine");
      await session.fetch(requestOf(files, { intoDir: into.path, signal }));
      assert.deepEqual(await contents(into.path), {
        "a.dat": "from an earlier fetch",
        "x/b.dat": "B",
        "x/by hand.txt": "mine",
      });
    },
  },
  {
    id: "fetch-into-links",
    sentence: "follows no link in the folder that it fills",
    tools: ["links"],
    async run({ write, push, session, signal }) {
      await using into = await tempDir();
      await using outside = await tempDir();
      const files = [await write("a.dat", "A"), await write("x/b.dat", "B")];
      await push(files);
      const victim = await outside.write("victim.txt", "not yours");
      await Deno.symlink(victim, into.join("a.dat"));
      const request = requestOf(files, { intoDir: into.path, signal });
      await assert.rejects(session.fetch(request), hasCode("link_refused"));
      await Deno.remove(into.join("a.dat"));
      await Deno.symlink(outside.path, into.join("x"));
      await assert.rejects(session.fetch(request), hasCode("link_refused"));
      assert.deepEqual(await contents(outside.path), { "victim.txt": "not yours" });
      await Deno.remove(into.join("x"));
      await Deno.mkdir(into.join("a.dat"), { recursive: true });
      await assert.rejects(session.fetch(request), hasCode("already_exists"));
    },
  },
  {
    id: "fetch-far-links",
    sentence: "brings nothing that is behind a far link",
    async run({ session, far, signal }) {
      await using into = await tempDir();
      await using outside = await tempDir();
      await outside.write("a.dat", "outside");
      await Deno.mkdir(far(FAR_DIR), { recursive: true });
      await Deno.symlink(outside.join("a.dat"), far(FAR_DIR, "file.dat"));
      await Deno.symlink(outside.path, far(FAR_DIR, "folder"));
      for (const path of ["file.dat", "folder/a.dat"]) {
        const files = [{ path, sizeBytes: 7, mtimeMs: 0 }];
        await orRefused(session.fetch(requestOf(files, { intoDir: into.path, signal })));
        assert.deepEqual(await dataBelow(into.path), [], path);
      }
    },
  },
  {
    id: "fetch-resumes",
    sentence: "gives no name to half a file when it is stopped, and goes on the next time",
    run: resumes,
  },
  {
    id: "fetch-ceiling",
    sentence: "keeps the ceiling of what comes in",
    async run({ place, write, push, session, signal }) {
      await using into = await tempDir();
      const files = [await write("a.dat", "A")];
      await push(files);
      await session.fetch({
        ...requestOf(files, { intoDir: into.path, signal }),
        downloadMbps: 50,
      });
      const told = await place.toldUploadMbps();
      assert.ok(told !== null && told <= 50 && told > 47, `${told} Mbit/s`);
    },
  },
];

function requestOf(
  files: readonly FileToSend[],
  more: Pick<FetchRequest, "intoDir" | "signal"> & Partial<FetchRequest>,
): FetchRequest {
  return { farDir: FAR_DIR, files: sorted(files), downloadMbps: null, ...more };
}

async function resumes({ write, push, connect, signal }: Stage): Promise<void> {
  await using into = await tempDir();
  const big = noise(20_000_000, 22);
  const files = [await write("a.dat", "A"), await write("x/big.tif", big)];
  await push(files);
  for (const way of ["told", "disposed"]) {
    const session = await connect();
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const fetched = session.fetch({
      ...requestOf(files, { intoDir: into.path, signal: AbortSignal.any([stop.signal, signal]) }),
      downloadMbps: SLOW_MBPS,
      onProgress: ({ bytesDone }) => bytesDone > 1 && begun.resolve(),
    });
    fetched.then(() => begun.reject(new Error("the fetch ended by itself")), begun.reject);
    // What the first one left may be so much that the second ends at once.
    if (way === "told") await begun.promise;
    else await Promise.race([begun.promise, fetched]).catch(() => {});
    if (way === "told") stop.abort();
    if (way === "told") await assert.rejects(fetched, isAbort);
    await Promise.allSettled([fetched, session[Symbol.asyncDispose]()]);
    const isNamed = await exists(into.join("x/big.tif"));
    if (way === "told") assert.equal(isNamed, false, "half a file has its name");
    if (isNamed) assert.equal(sha256(await Deno.readFile(into.join("x/big.tif"))), sha256(big));
  }
  const session = await connect();
  await session.fetch(requestOf(files, { intoDir: into.path, signal }));
  assert.equal(sha256(await Deno.readFile(into.join("x/big.tif"))), sha256(big));
  assert.deepEqual(await filesBelow(into.path), ["a.dat", "x/big.tif"], "leftovers");
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LabferryError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

/** A refusal that is properly put is as good as bringing nothing. */
async function orRefused(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
}

/** Without what a refused fetch keeps for the next one. */
async function dataBelow(dir: string): Promise<string[]> {
  return (await filesBelow(dir)).filter((path) => !path.startsWith(".labferry-fetch/"));
}

async function contents(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await filesBelow(dir)) found[path] = await Deno.readTextFile(`${dir}/${path}`);
  return found;
}
