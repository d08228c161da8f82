import assert from "node:assert/strict";
import { DiskPool } from "../../lib/disk/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

Deno.test("DiskPool.far sets a file aside once, and never over another", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  const root = dir.path;
  const work = {
    kind: "set_aside",
    root,
    guard: null,
    moves: [{ from: dir.join("a", "x"), to: dir.join("aside", "x") }],
  } as const;
  assert.deepEqual(await pool.far<"set_aside">(work), [false]);
  await dir.write("a/x", "old");
  assert.deepEqual(await pool.far<"set_aside">(work), [true]);
  assert.equal(await Deno.readTextFile(dir.join("aside/x")), "old");
  await dir.write("a/x", "new");
  await assert.rejects(pool.far<"set_aside">(work), { code: "already_exists" });
  assert.equal(await Deno.readTextFile(dir.join("aside/x")), "old");
  assert.equal(await Deno.readTextFile(dir.join("a/x")), "new");
});

Deno.test("DiskPool.far finishes a setting aside that was killed between its two names", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  await dir.write("a/x", "old");
  await Deno.mkdir(dir.join("aside"));
  await Deno.link(dir.join("a/x"), dir.join("aside/x"));
  const paths = { from: dir.join("a", "x"), to: dir.join("aside", "x") };
  const moved = await pool.far<"set_aside">({
    kind: "set_aside",
    root: dir.path,
    guard: null,
    moves: [paths],
  });
  assert.deepEqual(moved, [true]);
  assert.deepEqual([...Deno.readDirSync(dir.join("a"))], []);
  assert.equal(await Deno.readTextFile(paths.to), "old");
});

testWith(
  ["links"],
  "DiskPool.far reads no file beyond the limit, no link, and nothing outside",
  async () => {
    await using dir = await tempDir();
    using pool = new DiskPool({ threads: 1 });
    await dir.write("root/big", new Uint8Array(101));
    await dir.write("secret", "outside");
    await Deno.symlink(dir.join("secret"), dir.join("root/link"));
    const root = dir.join("root");
    const read = (path: string) =>
      pool.far<"read">({ kind: "read", root, guard: null, paths: [dir.join(path)], maxBytes: 100 });
    await assert.rejects(read("root/big"), { code: "io_failed" });
    await assert.rejects(read("root/link"), { code: "link_refused" });
    await assert.rejects(read("secret"), { code: "outside_root" });
    assert.deepEqual(await read("root/none"), [null]);
    assert.deepEqual(await read("root/no/folder"), [null]);
  },
);

Deno.test("DiskPool.far writes nothing onto another device than the guard's", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  const { dev } = await Deno.stat(dir.path);
  const files = [{ path: dir.join("x"), bytes: new Uint8Array([1]), known: null }];
  const write = (at: number) =>
    pool.far<"write">({
      kind: "write",
      root: dir.path,
      guard: { path: dir.path, dev: at },
      files,
    });
  await assert.rejects(write(dev + 1), { code: "mount_lost" });
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  await write(dev);
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["x"]);
});
