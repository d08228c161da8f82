import assert from "node:assert/strict";
import { DiskPool, type NameItem } from "../../lib/disk/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { testWith } from "../support/needs.ts";

/** What became of each: named, nothing to name, or the code of its failure. */
async function named(
  dir: TempDir,
  items: readonly NameItem[],
): Promise<(boolean | string)[]> {
  using pool = new DiskPool({ threads: 1 });
  const found: (boolean | string)[] = [];
  for await (const outcome of pool.nameFiles(items, { root: dir.join("run"), flush: true })) {
    found.push(outcome.ok ? outcome.value : outcome.error.code);
  }
  return found;
}

async function place(): Promise<TempDir> {
  const dir = await tempDir();
  await Deno.mkdir(dir.join("run"));
  return dir;
}

const item = (dir: TempDir, name: string, to = name): NameItem => ({
  from: dir.join("stage", name),
  to: dir.join("run", to),
  mtimeMs: 1_600_000_000_789,
});

Deno.test("nameFiles gives finished files name and time, and takes no name from another", async () => {
  await using dir = await place();
  await dir.write("stage/a", "A");
  await dir.write("stage/x/b", "B");
  await dir.write("stage/taken", "new");
  await dir.write("run/taken", "old");
  await Deno.mkdir(dir.join("run/folder"));
  await dir.write("stage/folder", "F");
  const names = ["a", "x/b", "taken", "folder", "gone"];
  assert.deepEqual(await named(dir, names.map((name) => item(dir, name))), [
    true,
    true,
    "already_exists",
    "already_exists",
    false,
  ]);
  assert.equal(await Deno.readTextFile(dir.join("run/x/b")), "B");
  assert.equal((await Deno.stat(dir.join("run/a"))).mtime!.getTime(), 1_600_000_000_789);
  assert.equal(await Deno.readTextFile(dir.join("run/taken")), "old");
  const left = [...Deno.readDirSync(dir.join("stage"))].map(({ name }) => name).sort();
  assert.deepEqual(left, ["folder", "taken", "x"]);
});

Deno.test("nameFiles ends a naming that was cut off after its first half", async () => {
  await using dir = await place();
  await dir.write("stage/a", "A");
  await Deno.link(dir.join("stage/a"), dir.join("run/a"));
  assert.deepEqual(await named(dir, [item(dir, "a")]), [true]);
  assert.deepEqual([...Deno.readDirSync(dir.join("stage"))], []);
  assert.equal(await Deno.readTextFile(dir.join("run/a")), "A");
});

testWith(["links"], "nameFiles follows no link on the way, and names no link", async () => {
  await using dir = await place();
  await using outside = await tempDir();
  await dir.write("stage/x/a", "A");
  await Deno.symlink(outside.path, dir.join("run/x"));
  await Deno.symlink(outside.path, dir.join("stage/link"));
  assert.deepEqual(await named(dir, [item(dir, "x/a"), item(dir, "link")]), [
    "link_refused",
    "not_a_file",
  ]);
  assert.deepEqual([...Deno.readDirSync(outside.path)], []);
});

testWith(
  ["tmpfs"],
  "nameFiles says other_device where there is no way to name",
  async () => {
    await using disk = await smallDisk(512);
    await using dir = await place();
    await dir.write("stage/a", "A");
    using pool = new DiskPool({ threads: 1 });
    const items = [{ from: dir.join("stage/a"), to: `${disk.path}/a`, mtimeMs: null }];
    for await (const outcome of pool.nameFiles(items, { root: disk.path })) {
      assert.equal(outcome.ok ? null : outcome.error.code, "other_device");
    }
    assert.equal(await Deno.readTextFile(dir.join("stage/a")), "A");
  },
);
