/** Clauses about moving things aside when the caller asks: many at once, folders whole, never over. */
import assert from "node:assert/strict";
import { TransportError } from "../../lib/transports/failure.ts";
import { contentsBelow } from "./in_the_way.ts";
import { exists, FAR_DIR, filesBelow, type Stage } from "./stage.ts";
import type { Clause } from "./suite.ts";

const ASIDE = `.labferry-superseded/${FAR_DIR}/1`;
const MANY = 200;

export const SET_ASIDE: readonly Clause[] = [
  {
    id: "set-aside-many",
    sentence: "sets many things aside in one call and says which were there",
    async run(stage) {
      const { session, far } = stage;
      const names = Array.from({ length: MANY }, (_, i) => `sub ${i % 3}/${i} ü.dat`);
      await allStand(stage, [...names, "stays.dat"]);
      const asked = [...names, "missing.dat", "no such folder/missing.dat"];
      const moved = await session.setAside(FAR_DIR, asked, ASIDE);
      assert.deepEqual(new Set(moved), new Set(names));
      assert.equal(moved.length, names.length);
      assert.deepEqual(await filesBelow(far(FAR_DIR)), ["stays.dat"]);
      const aside = await contentsBelow(far(ASIDE));
      assert.deepEqual(aside, Object.fromEntries(names.map((name) => [name, name])));
      assert.deepEqual(await session.setAside(FAR_DIR, asked, ASIDE), []);
    },
  },
  {
    id: "set-aside-nothing",
    sentence: "sets nothing aside from a folder that is not there, and makes nothing",
    async run({ session, place }) {
      assert.deepEqual(await session.setAside("Nobody/Runs/Run_1", ["a.dat"], ASIDE), []);
      assert.deepEqual(await session.setAside(FAR_DIR, [], ASIDE), []);
      assert.deepEqual(await filesBelow(place.basePath), []);
    },
  },
  {
    id: "set-aside-folder",
    sentence: "sets a folder aside with all that is in it",
    async run(stage) {
      const { session, far } = stage;
      await stands(stage, "old run/a.dat", "A");
      await stands(stage, "old run/x/y/b.dat", "B");
      await stands(stage, "stays.dat", "stays");
      const moved = await session.setAside(FAR_DIR, ["old run", "missing"], ASIDE);
      assert.deepEqual(moved, ["old run"]);
      assert.equal(await exists(far(FAR_DIR, "old run")), false);
      assert.deepEqual(await contentsBelow(far(ASIDE)), {
        "old run/a.dat": "A",
        "old run/x/y/b.dat": "B",
      });
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "stays.dat")), "stays");
    },
  },
  {
    id: "set-aside-taken",
    sentence:
      "says destination_conflict where the name is taken, file or folder, and loses nothing",
    async run(stage) {
      const { session, far, place } = stage;
      for (const name of ["a.dat", "b.dat", "c.dat"]) await stands(stage, name, `here ${name}`);
      await stands(stage, "folder/here.txt", "in the folder here");
      await stands(stage, "b.dat", "aside b", ASIDE);
      await stands(stage, "folder/there.txt", "in the folder aside", ASIDE);
      await isConflict(session.setAside(FAR_DIR, ["a.dat", "b.dat", "c.dat"], ASIDE));
      await isConflict(session.setAside(FAR_DIR, ["folder"], ASIDE));
      assert.equal(await Deno.readTextFile(far(ASIDE, "b.dat")), "aside b");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "b.dat")), "here b.dat");
      assert.deepEqual(await contentsBelow(far(ASIDE, "folder")), {
        "there.txt": "in the folder aside",
      });
      const all = Object.values(await contentsBelow(place.basePath));
      for (const text of ["here a.dat", "here c.dat", "in the folder here"]) {
        assert.ok(all.includes(text), `${text} is lost`);
      }
    },
  },
];

async function stands(
  { far, place }: Stage,
  path: string,
  text: string,
  folder = FAR_DIR,
): Promise<void> {
  await standsAt(far(folder, path), text);
  await place.forgetWrites?.();
}

/** Each holds its own name. */
async function allStand({ far, place }: Stage, paths: readonly string[]): Promise<void> {
  for (const path of paths) await standsAt(far(FAR_DIR, path), path);
  await place.forgetWrites?.();
}

async function standsAt(file: string, text: string): Promise<void> {
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(file, text);
}

async function isConflict(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, "destination_conflict", error.message);
    return true;
  });
}
