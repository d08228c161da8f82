/** Clauses about records: a few small files, whole or not at all. */
import assert from "node:assert/strict";
import type { SeenFile } from "../../lib/transports/contract.ts";
import { contentsBelow } from "./in_the_way.ts";
import { FAR_DIR, filesBelow, noise } from "./stage.ts";
import type { Clause, KnownGaps } from "./suite.ts";

/** Of a transport whose tool replaces what it finds: nobody is kept from writing there meanwhile. */
export const LOOK_BEFORE_CALL: KnownGaps = {
  "put-unseen": "the look before the call is all there is",
};

const ASIDE = `.labferry-superseded/${FAR_DIR}`;
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
    id: "put-seen",
    sentence: "replaces what was seen, and puts where nothing was seen, with nothing moved aside",
    async run({ session, place, far }) {
      await session.putFiles(FAR_DIR, new Map([["a.json", bytes("old")]]));
      await session.putFiles(
        FAR_DIR,
        new Map([["a.json", bytes("new")], ["deep/b.json", bytes("first")]]),
        new Map([seenAs("a.json", "old"), seenAs("deep/b.json", null)]),
      );
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "a.json")), "new");
      assert.equal(await Deno.readTextFile(far(FAR_DIR, "deep/b.json")), "first");
      assert.equal((await filesBelow(place.basePath)).length, 2, "leftovers");
    },
  },
  {
    id: "put-unseen",
    sentence: "moves aside what was written after the look, instead of replacing it",
    async run({ session, far }) {
      const names = ["a.json", "deep/b.json", "c.json"];
      for (const name of names) {
        await session.putFiles(FAR_DIR, new Map([[name, bytes(`theirs: ${name}`)]]));
      }
      await session.putFiles(
        FAR_DIR,
        new Map(names.map((name) => [name, bytes(`ours: ${name}`)])),
        // Nothing was there, nothing was there, and something else was.
        new Map([
          seenAs("a.json", null),
          seenAs("deep/b.json", null),
          seenAs("c.json", "an older version"),
        ]),
      );
      assert.deepEqual(
        await contentsBelow(far(FAR_DIR)),
        Object.fromEntries(names.map((name) => [name, `ours: ${name}`])),
      );
      assert.deepEqual(
        await contentsBelow(far(ASIDE)),
        Object.fromEntries(names.map((name) => [name, `theirs: ${name}`])),
      );
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

function seenAs(name: string, content: string | null): [string, SeenFile] {
  return [name, {
    bytes: content === null ? null : bytes(content),
    aside: `${ASIDE}/${name}`,
  }];
}

function text(content: Uint8Array | null | undefined): string {
  assert.ok(content, "not there");
  return new TextDecoder().decode(content);
}
