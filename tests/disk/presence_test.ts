import assert from "node:assert/strict";
import {
  isThere,
  lstatOrNull,
  lstatOrNullSync,
  readOrNull,
  realPathOrNull,
  removeIfThere,
  statOrNull,
} from "../../lib/disk/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

Deno.test("what has no name is null, also below a file that stands where a folder should be", async () => {
  await using dir = await tempDir();
  await dir.write("file", "x");
  for (const path of [dir.join("gone"), dir.join("gone/deeper"), dir.join("file/below")]) {
    assert.equal(await isThere(path), false);
    assert.equal(await statOrNull(path), null);
    assert.equal(await lstatOrNull(path), null);
    assert.equal(lstatOrNullSync(path), null);
    assert.equal(await readOrNull(path), null);
    assert.equal(await realPathOrNull(path), null);
    assert.equal(await removeIfThere(path), false);
  }
});

testWith(["links"], "a link that leads nowhere has a name and leads to nothing", async () => {
  await using dir = await tempDir();
  const link = dir.join("link");
  await Deno.symlink(dir.join("gone"), link);
  assert.equal(await isThere(link), false);
  assert.equal(await statOrNull(link), null);
  assert.equal((await lstatOrNull(link))?.isSymlink, true);
  assert.equal(lstatOrNullSync(link)?.isSymlink, true);
  assert.equal(await removeIfThere(link), true);
  assert.equal(await lstatOrNull(link), null);
});

testWith(["unix"], "whatever else the system says of a path is thrown", async () => {
  await using dir = await tempDir();
  await dir.write("folder/file", "x");
  await assert.rejects(readOrNull(dir.join("folder")), /directory/i);
  await assert.rejects(removeIfThere(dir.join("folder")), /not empty/i);
  assert.throws(() => lstatOrNullSync(dir.join("n".repeat(300))), { code: "name_too_long" });
});
