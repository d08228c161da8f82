/** Clauses about records: a few small files, whole or not at all. */
import assert from "node:assert/strict";
import { FAR_DIR, filesBelow, noise } from "./stage.ts";
import type { Clause } from "./suite.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

export const SMALL_FILES: readonly Clause[] = [
  {
    id: "put-and-get",
    sentence: "puts small files with their folders and gets them back, null for a missing one",
    async run({ session, place }) {
      const binary = noise(70_000, 9);
      await session.putFiles(
        FAR_DIR,
        new Map([
          [".exlab-wizard/creation.json", bytes('{"schema_version":"1.9"}\n')],
          [".exlab-wizard/templates/odd name #1.bin", binary],
          ["empty.txt", new Uint8Array()],
        ]),
      );
      await session.putFiles("", new Map([["at the base.json", bytes("base")]]));
      const got = await session.getFiles(FAR_DIR, [
        ".exlab-wizard/creation.json",
        "missing.json",
        ".exlab-wizard/templates/odd name #1.bin",
        "no/such/folder.json",
        "empty.txt",
      ]);
      assert.equal(text(got.get(".exlab-wizard/creation.json")), '{"schema_version":"1.9"}\n');
      assert.deepEqual(got.get(".exlab-wizard/templates/odd name #1.bin"), binary);
      assert.deepEqual(got.get("empty.txt"), new Uint8Array());
      assert.equal(got.get("missing.json"), null);
      assert.equal(got.get("no/such/folder.json"), null);
      assert.equal(got.size, 5);
      const atBase = await session.getFiles("", ["at the base.json", "nor this.json"]);
      assert.equal(text(atBase.get("at the base.json")), "base");
      assert.equal(atBase.get("nor this.json"), null);
      assert.equal((await filesBelow(place.basePath)).length, 4, "leftovers");
    },
  },
  {
    id: "put-replaces",
    sentence: "replaces a small file, shorter ones too, and touches no neighbour",
    async run({ session, place, far }) {
      const put = (files: Record<string, string>) =>
        session.putFiles(
          FAR_DIR,
          new Map(Object.entries(files).map(([name, content]) => [name, bytes(content)])),
        );
      await put({ "a.json": "a long first version", "b.json": "b" });
      await put({ "a.json": "short" });
      await put({ "a.json": "equal" });
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.json")), "equal");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "b.json")), "b");
      assert.deepEqual(await filesBelow(place.basePath), [
        `${FAR_DIR}/a.json`,
        `${FAR_DIR}/b.json`,
      ]);
    },
  },
  {
    id: "get-nothing",
    sentence: "gets null for every name in a folder that is not there",
    async run({ session }) {
      const got = await session.getFiles("Nobody/Runs/Run_1", ["a.json"]);
      assert.deepEqual([...got], [["a.json", null]]);
    },
  },
];

function text(content: Uint8Array | null | undefined): string {
  assert.ok(content, "not there");
  return new TextDecoder().decode(content);
}
