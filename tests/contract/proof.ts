/** Clauses about looking at what is there: listing and hashing. */
import assert from "node:assert/strict";
import { isAbort } from "../../lib/base/mod.ts";
import { corrupt, FAR_DIR, filesBelow, noise, sha256 } from "./stage.ts";
import type { Clause } from "./suite.ts";

export const PROOF: readonly Clause[] = [
  {
    id: "hash",
    sentence: "hashes exactly the listed files, in their order, null for one that is missing",
    async run({ write, push, hash }) {
      await push([
        await write("a.dat", "A"),
        await write("c/empty.dat", ""),
        await write("d.dat", "D"),
        await write("unlisted.dat", "U"),
      ]);
      const { hashes, outcome } = await hash(["a.dat", "b missing.dat", "c/empty.dat", "d.dat"]);
      assert.deepEqual(hashes, [
        ["a.dat", sha256("A")],
        ["b missing.dat", null],
        ["c/empty.dat", sha256("")],
        ["d.dat", sha256("D")],
      ]);
      assert.match(outcome.strength, /^(read_back|remote_computed)$/);
    },
  },
  {
    id: "hash-nothing-there",
    sentence: "hashes a run that never arrived as missing, all of it",
    async run({ hash }) {
      const { hashes } = await hash(["a.dat", "x/b.dat"]);
      assert.deepEqual(hashes, [["a.dat", null], ["x/b.dat", null]]);
    },
  },
  {
    id: "hash-sees-damage",
    sentence: "sees a byte that changed while size and time did not",
    async run({ write, push, hash, far }) {
      const bytes = noise(3_000_000, 7);
      await push([await write("a.dat", bytes)]);
      assert.equal((await hash(["a.dat"])).hashes[0]![1], sha256(bytes));
      await corrupt(far(FAR_DIR, "a.dat"));
      const damaged = sha256(await Deno.readFile(far(FAR_DIR, "a.dat")));
      for (const dropCache of [false, true]) {
        const { hashes } = await hash(["a.dat"], { dropCache });
        assert.equal(hashes[0]![1], damaged);
      }
    },
  },
  {
    id: "hash-changes-nothing",
    sentence: "changes nothing by hashing or listing",
    async run({ session, write, push, hash, place, far }) {
      await push([await write("a.dat", "A")]);
      const before = await Deno.stat(far(FAR_DIR, "a.dat"));
      await hash(["a.dat", "missing.dat"], { dropCache: true });
      for await (const _ of session.list(FAR_DIR)) { /* to the end */ }
      const after = await Deno.stat(far(FAR_DIR, "a.dat"));
      assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
      assert.deepEqual(await filesBelow(place.basePath), [`${FAR_DIR}/a.dat`]);
    },
  },
  {
    id: "hash-cancelled",
    sentence: "stops hashing when told",
    async run({ write, push, hash }) {
      await push([await write("a.dat", "A")]);
      await assert.rejects(hash(["a.dat"], { signal: AbortSignal.abort() }), isAbort);
    },
  },
  {
    id: "list",
    sentence: "lists every regular file with its size, and nothing for a folder that is missing",
    async run({ session, write, push }) {
      const files = [
        await write("a.dat", "A"),
        await write("x/y/z/empty.dat", ""),
        await write("x/big.dat", noise(1_000_003, 8)),
      ];
      await push(files, { emptyDirs: ["nothing in here"] });
      const sizes: Record<string, number> = {};
      for await (const { kind, path, sizeBytes } of session.list(FAR_DIR)) {
        if (kind === "file") sizes[path] = sizeBytes;
      }
      assert.deepEqual(sizes, { "a.dat": 1, "x/y/z/empty.dat": 0, "x/big.dat": 1_000_003 });
      for await (const file of session.list("Nobody/Runs/Run_1")) {
        assert.fail(`${file.path} is not there`);
      }
    },
  },
];
