/** Clauses about looking: what a listing tells of each thing, what a flush and a place's habits say. */
import assert from "node:assert/strict";
import type { FarEntry } from "../../lib/transports/contract.ts";
import { TransportError } from "../../lib/transports/failure.ts";
import { PROBE_ASIDE, probeFolder } from "../../lib/transports/probe.ts";
import { exists, FAR_DIR, noise, type Stage } from "./stage.ts";
import type { Clause } from "./suite.ts";

export const LOOK: readonly Clause[] = [
  {
    id: "list-kinds",
    sentence: "lists files with size and time, and folders, empty ones too",
    async run(stage) {
      const { write, push, place } = stage;
      const a = await write("a.dat", "A", 1_650_000_001_000);
      const b = await write("x/y/b.dat", noise(1_003, 10), 1_700_000_000_123);
      await push([a, b], { emptyDirs: ["empty"] });
      const entries = await listed(stage);
      const kinds = Array.from(entries.values(), ({ path, kind, sizeBytes }) => [
        path,
        kind,
        sizeBytes,
      ]);
      assert.deepEqual(kinds, [
        ["a.dat", "file", 1],
        ["empty", "folder", 0],
        ["x", "folder", 0],
        ["x/y", "folder", 0],
        ["x/y/b.dat", "file", 1_003],
      ]);
      for (const file of [a, b]) {
        const { mtimeMs } = entries.get(file.path)!;
        if (place.timeStepMs === null) {
          assert.equal(mtimeMs, null, "a time that the place does not keep");
          continue;
        }
        assert.ok(mtimeMs !== null, "no time was told");
        const off = Math.abs(mtimeMs - file.mtimeMs);
        assert.ok(off < place.timeStepMs, `${file.path}: ${mtimeMs} for ${file.mtimeMs}`);
      }
    },
  },
  {
    id: "list-other",
    sentence: "lists a far link as neither file nor folder, and does not enter it",
    tools: ["links"],
    async run(stage) {
      const { write, push, far } = stage;
      await push([await write("sub/a.dat", "A")]);
      await Deno.symlink(far(FAR_DIR, "sub"), far(FAR_DIR, "to a folder"));
      await Deno.symlink("sub/a.dat", far(FAR_DIR, "to a file"));
      await Deno.symlink("nowhere", far(FAR_DIR, "to nothing"));
      const kinds = Array.from((await listed(stage)).values(), ({ path, kind, sizeBytes }) => [
        path,
        kind,
        sizeBytes,
      ]);
      assert.deepEqual(kinds, [
        ["sub", "folder", 0],
        ["sub/a.dat", "file", 1],
        ["to a file", "other", 0],
        ["to a folder", "other", 0],
        ["to nothing", "other", 0],
      ]);
    },
  },
  {
    id: "flush",
    sentence: "answers a flush: done, or a note that says why it was not",
    async run({ session, write, push, far }) {
      await push([await write("x/a.dat", "A")], { emptyDirs: ["empty"] });
      for (const farDir of [FAR_DIR, ""]) {
        const { flushed, note } = await session.flush(farDir);
        if (!flushed) assert.ok(note, "not flushed, and no word why");
      }
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "x/a.dat")), "A");
      const { flushed, note } = await session.flush("Nobody/Runs/Run_1");
      assert.ok(flushed || note, "a folder that is not there needs an answer too");
      assert.equal(await exists(far("Nobody")), false, "a flush made a folder");
    },
  },
  {
    id: "name-habits",
    sentence: "finds out what names are kept apart by, case and form, and leaves nothing behind",
    async run({ session, write, push, place }) {
      const plain = { foldsCase: place.foldsCase ?? false, normalises: false };
      assert.deepEqual(await session.nameHabits(FAR_DIR), plain);
      assert.deepEqual(await session.nameHabits(""), plain);
      assert.deepEqual([...Deno.readDirSync(place.basePath)], [], "left behind");
      await push([await write("a.dat", "A")]);
      assert.deepEqual(await session.nameHabits(FAR_DIR), plain);
      assert.deepEqual(await session.nameHabits(`${FAR_DIR}/not/yet/there`), plain);
      const names = Array.from(Deno.readDirSync(`${place.basePath}/${FAR_DIR}`), (e) => e.name);
      assert.deepEqual(names, ["a.dat"], "left behind");
    },
  },
  {
    id: "remove-probe",
    sentence: "takes away a probe that this session sent, and nothing else",
    async run({ session, write, push, place, connect }) {
      const farDir = probeFolder();
      const about = { farDir, supersedeInto: `${farDir}/${PROBE_ASIDE}` };
      await push([await write("a.dat", "A")], about);
      await session.putFiles(farDir, new Map([["n n", new Uint8Array([1])]]));
      const names = () => Array.from(Deno.readDirSync(place.basePath), ({ name }) => name);
      assert.deepEqual(names(), [farDir]);
      const other = await connect();
      await assert.rejects(() => other.removeProbe(farDir, ["a.dat"]), TypeError);
      await assert.rejects(() => session.removeProbe(farDir, ["b.dat"]), TypeError);
      await session.putFiles("kept", new Map([["a.dat", new Uint8Array([1])]]));
      await assert.rejects(() => session.removeProbe("kept", ["a.dat"]), TypeError);
      await place.forgetWrites?.();
      await Deno.writeTextFile(`${place.basePath}/${farDir}/theirs`, "theirs");
      // Some say that the folder is not empty, others leave it without a word.
      await session.removeProbe(farDir, ["a.dat", "n n"]).catch((error) => {
        if (!(error instanceof TransportError)) throw error;
      });
      assert.deepEqual(
        Array.from(Deno.readDirSync(`${place.basePath}/${farDir}`), ({ name }) => name),
        ["theirs"],
      );
      await Deno.remove(`${place.basePath}/${farDir}/theirs`);
      await place.forgetWrites?.();
      await session.removeProbe(farDir, ["a.dat", "n n"]);
      assert.deepEqual(names(), ["kept"]);
      await session.removeProbe(farDir, []);
    },
  },
];

/** In the order of paths. */
async function listed({ session }: Stage): Promise<Map<string, FarEntry>> {
  const entries: FarEntry[] = [];
  for await (const entry of session.list(FAR_DIR)) entries.push(entry);
  entries.sort((a, b) => a.path < b.path ? -1 : 1);
  const found = new Map(entries.map((entry) => [entry.path, entry]));
  assert.equal(found.size, entries.length, "something is listed twice");
  return found;
}
