/** Setting aside: many at once, folders whole, nothing lost; on a disk, over sftp and WebDAV. */
import assert from "node:assert/strict";
import type { FarSession } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { exists, filesBelow } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { PLACES, without } from "./places.ts";

const ASIDE = "aside/1";

async function texts(dir: TempDir, folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  if (!await exists(dir.join(folder))) return found;
  for (const path of await filesBelow(dir.join(folder))) {
    found[path] = await Deno.readTextFile(dir.join(folder, path));
  }
  return found;
}

const isConflict = (error: unknown) => {
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, "destination_conflict", error.message);
  return true;
};

async function moved(session: FarSession, names: string[]): Promise<string[]> {
  return [...await session.setAside("run", names, ASIDE)].sort();
}

for (const { name, tools, open } of PLACES) {
  testWith(
    tools,
    `RcloneTransport (${name}) sets files and folders aside in one call`,
    async () => {
      await using dir = await tempDir();
      await using session = await open(dir);
      await dir.write("base/run/a.dat", "A");
      await dir.write("base/run/x/b #1.dat", "B");
      await dir.write("base/run/whole/deep/c.dat", "C");
      await dir.write("base/run/whole/d.dat", "D");
      await Deno.mkdir(dir.join("base/run/whole/empty"));
      await dir.write("base/run/stays.dat", "S");
      const names = ["a.dat", "x/b #1.dat", "whole", "absent.dat", "no/such.dat"];
      assert.deepEqual(await moved(session, names), ["a.dat", "whole", "x/b #1.dat"]);
      assert.deepEqual(await texts(dir, "base/aside/1"), {
        "a.dat": "A",
        "whole/d.dat": "D",
        "whole/deep/c.dat": "C",
        "x/b #1.dat": "B",
      });
      assert.deepEqual(await texts(dir, "base/run"), { "stays.dat": "S" });
      assert.equal(await exists(dir.join("base/run/whole")), false);
      assert.equal(await exists(dir.join("base/aside/1/whole/empty")), true, "an empty folder");
      assert.deepEqual(await moved(session, names), []);
    },
  );

  testWith(tools, `RcloneTransport (${name}) moves nothing where one target is taken`, async () => {
    await using dir = await tempDir();
    await using session = await open(dir);
    for (const taken of ["b.dat", "b.dat/in it.dat", "b.dat.dir/x"]) {
      const root = dir.join("base");
      for await (const { name } of Deno.readDir(root)) {
        await Deno.remove(`${root}/${name}`, { recursive: true });
      }
      await dir.write("base/run/a.dat", "A");
      await dir.write("base/run/b.dat", "B");
      await dir.write("base/run/b.dat.dir/y", "Y");
      await dir.write(`base/${ASIDE}/${taken}`, "taken");
      const before = await texts(dir, "base");
      const names = taken.startsWith("b.dat.dir") ? ["a.dat", "b.dat.dir"] : ["a.dat", "b.dat"];
      await assert.rejects(session.setAside("run", names, ASIDE), isConflict);
      assert.deepEqual(await texts(dir, "base"), before, taken);
    }
  });
}

testWith(
  ["rclone"],
  "RcloneTransport sets aside by copying where a place cannot rename",
  async () => {
    await using dir = await tempDir();
    const binary = await without(dir, "Move,DirMove");
    const webdav = PLACES.find(({ name }) => name === "webdav")!;
    await using session = await webdav.open(dir, { binary });
    await dir.write("base/run/a.dat", "A");
    await dir.write("base/run/whole/b.dat", "B");
    assert.deepEqual(await moved(session, ["a.dat", "whole"]), ["a.dat", "whole"]);
    assert.deepEqual(await texts(dir, "base/aside/1"), { "a.dat": "A", "whole/b.dat": "B" });
    assert.deepEqual(await texts(dir, "base/run"), {});
  },
);

testWith(
  ["rclone"],
  "RcloneTransport sets nothing aside where a place can do neither",
  async () => {
    await using dir = await tempDir();
    const binary = await without(dir, "Move,DirMove,Copy");
    await using session = await PLACES[0]!.open(dir, { binary });
    await dir.write("base/run/a.dat", "A");
    await assert.rejects(session.setAside("run", ["a.dat"], ASIDE), isConflict);
    assert.deepEqual(await moved(session, ["absent.dat"]), []);
    assert.deepEqual(await texts(dir, "base"), { "run/a.dat": "A" });
  },
);

testWith(["rclone"], "RcloneTransport moves no link and nothing behind one", async () => {
  await using dir = await tempDir();
  await using session = await PLACES[0]!.open(dir);
  await dir.write("outside/a.dat", "A");
  await Deno.mkdir(dir.join("base/run"));
  await Deno.symlink(dir.join("outside"), dir.join("base/run/linked"));
  await assert.rejects(session.setAside("run", ["linked"], ASIDE), isConflict);
  assert.deepEqual(await moved(session, ["linked/a.dat"]), []);
  assert.deepEqual(await texts(dir, "outside"), { "a.dat": "A" });
});
