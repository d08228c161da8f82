/**
 * Clauses about what stands at the far side under a name that a push needs, and that no push of ours
 * put there: it keeps its bytes, in `supersedeInto` or where it is, and what was moved is named.
 */
import assert from "node:assert/strict";
import { TransportError } from "../../lib/transports/failure.ts";
import { tempDir } from "../support/temp_dir.ts";
import { exists, FAR_DIR, filesBelow, type Stage } from "./stage.ts";
import type { Clause } from "./suite.ts";

const ASIDE = `.labferry-superseded/${FAR_DIR}/2026-04-18T00-00-00Z`;

export const IN_THE_WAY: readonly Clause[] = [
  {
    id: "in-the-way-file",
    sentence: "moves a far file with other bytes aside, not ours either, and names it",
    async run(stage) {
      const { write, far, place } = stage;
      await stands(stage, "x/a.dat", "a colleague's, and longer");
      await stands(stage, "b.dat", "other");
      const named = await pushNaming(stage, [
        await write("x/a.dat", "A"),
        await write("b.dat", "bytes", 1_700_000_900_000),
        await write("c.dat", "C"),
      ]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "x/a.dat")), "A");
      if (place.timeStepMs === null) {
        // Of one size, and without times to tell them apart: only the pass can.
        assert.deepEqual(named, ["x/a.dat"]);
        assert.equal(await Deno.readTextFile(far(FAR_DIR, "b.dat")), "other");
        return;
      }
      assert.deepEqual(named, ["b.dat", "x/a.dat"]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "b.dat")), "bytes");
      assert.deepEqual(await contentsBelow(far(ASIDE)), {
        "b.dat": "other",
        "x/a.dat": "a colleague's, and longer",
      });
    },
  },
  {
    id: "in-the-way-equal",
    sentence: "moves nothing aside that is as it should be",
    async run(stage) {
      const files = [await stage.write("a.dat", "A"), await stage.write("x/b.dat", "B")];
      await stage.push(files, { emptyDirs: ["empty"] });
      const named = await pushNaming(stage, files, ["empty"]);
      assert.deepEqual(named, []);
      assert.deepEqual(await filesBelow(stage.far(FAR_DIR)), ["a.dat", "x/b.dat"]);
      if (await exists(stage.far(ASIDE))) {
        assert.deepEqual(await filesBelow(stage.far(ASIDE)), []);
      }
    },
  },
  {
    id: "in-the-way-of-a-folder",
    sentence: "moves a far file aside that stands where a folder of the list has to be",
    async run(stage) {
      const { write, far } = stage;
      await stands(stage, "x", "proven once, under a name that is a folder's now");
      await stands(stage, "p/q", "deeper");
      const named = await pushNaming(stage, [
        await write("p/q/r/deep.dat", "D"),
        await write("x/a.dat", "A"),
        await write("x/b.dat", "B"),
      ]);
      assert.deepEqual(named, ["p/q", "x"]);
      assert.deepEqual(await contentsBelow(far(FAR_DIR)), {
        "p/q/r/deep.dat": "D",
        "x/a.dat": "A",
        "x/b.dat": "B",
      });
      assert.deepEqual(await contentsBelow(far(ASIDE)), {
        "p/q": "deeper",
        "x": "proven once, under a name that is a folder's now",
      });
    },
  },
  {
    id: "in-the-way-of-an-empty-folder",
    sentence: "moves a far file aside that stands where an empty folder has to be",
    async run(stage) {
      const { write, far } = stage;
      await stands(stage, "empty", "bytes");
      await stands(stage, "p/empty too", "more bytes");
      const named = await pushNaming(
        stage,
        [await write("a.dat", "A")],
        ["empty", "p/empty too/inner"],
      );
      assert.deepEqual(named, ["empty", "p/empty too"]);
      assert.equal((await Deno.lstat(far(FAR_DIR, "empty"))).isDirectory, true);
      assert.equal((await Deno.lstat(far(FAR_DIR, "p/empty too/inner"))).isDirectory, true);
      assert.deepEqual(await contentsBelow(far(ASIDE)), {
        "empty": "bytes",
        "p/empty too": "more bytes",
      });
    },
  },
  {
    id: "folder-in-the-way",
    sentence: "moves a far folder aside whole where a file has to be, or refuses with nothing lost",
    async run(stage) {
      const { write, far } = stage;
      await stands(stage, "a.dat/one.txt", "1");
      await stands(stage, "a.dat/deep/two.txt", "2");
      const files = [await write("a.dat", "A"), await write("b.dat", "B")];
      const inside = { "deep/two.txt": "2", "one.txt": "1" };
      const named = await unlessConflict(pushNaming(stage, files));
      if (named === null) {
        assert.deepEqual(await contentsBelow(far(FAR_DIR, "a.dat")), inside);
        return;
      }
      assert.deepEqual(named, ["a.dat"]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "A");
      assert.deepEqual(await contentsBelow(far(ASIDE, "a.dat")), inside);
    },
  },
  {
    id: "empty-folder-in-the-way",
    sentence: "removes no empty far folder where a file has to be: it moves it aside or refuses",
    async run(stage) {
      const { write, far, place } = stage;
      await Deno.mkdir(far(FAR_DIR, "a.dat"), { recursive: true });
      await place.forgetWrites?.();
      const named = await unlessConflict(pushNaming(stage, [await write("a.dat", "A")]));
      const where = named === null ? far(FAR_DIR, "a.dat") : far(ASIDE, "a.dat");
      assert.equal((await Deno.lstat(where)).isDirectory, true);
      if (named === null) return;
      assert.deepEqual(named, ["a.dat"]);
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.dat")), "A");
    },
  },
  {
    id: "link-in-the-way",
    sentence: "neither follows nor removes a far link that has a name it needs",
    tools: ["links"],
    async run(stage) {
      const { write, far } = stage;
      await using outside = await tempDir();
      const victim = await outside.write("victim.txt", "not yours");
      await Deno.mkdir(far(FAR_DIR), { recursive: true });
      for (const name of ["a.dat", "x", "empty"]) {
        await Deno.symlink(victim, far(FAR_DIR, name));
        const files = name === "x" ? [await write("x/b.dat", "B")] : [];
        if (name === "a.dat") files.push(await write("a.dat", "A"));
        await unlessConflict(pushNaming(stage, files, name === "empty" ? ["empty"] : []));
        assert.equal(await Deno.readTextFile(victim), "not yours");
        const kept = await isLinkTo(far(FAR_DIR, name), victim) ||
          await isLinkTo(far(ASIDE, name), victim);
        assert.ok(kept, `the link ${name} is gone`);
      }
    },
  },
];

/** Puts a file there behind the transport's back, with a time of its own. */
async function stands({ far, place }: Stage, path: string, text: string): Promise<void> {
  const file = far(FAR_DIR, path);
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(file, text);
  const time = new Date(1_600_000_000_000);
  await Deno.utime(file, time, time);
  await place.forgetWrites?.();
}

/** Pushes, and gives what `onSetAside` named. */
async function pushNaming(
  stage: Stage,
  files: Parameters<Stage["push"]>[0],
  emptyDirs: readonly string[] = [],
): Promise<string[]> {
  const named: string[] = [];
  const onSetAside = (path: string) => void named.push(path);
  await stage.push(files, { emptyDirs, supersedeInto: ASIDE, onSetAside });
  return named.sort();
}

async function unlessConflict<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, "destination_conflict", error.message);
    return null;
  }
}

async function isLinkTo(path: string, target: string): Promise<boolean> {
  if (!await exists(path) || !(await Deno.lstat(path)).isSymlink) return false;
  return await Deno.readLink(path) === target;
}

/** Path → text of every file below a folder of this machine. */
export async function contentsBelow(dir: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const path of await filesBelow(dir)) {
    contents[path] = await Deno.readTextFile(`${dir}/${path}`);
  }
  return contents;
}
