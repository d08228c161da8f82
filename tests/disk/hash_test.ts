import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const hasCode = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

testWith(
  ["sha256sum", "unix"],
  "hashFile agrees with sha256sum and tells the file's stat",
  async () => {
    await using dir = await tempDir();
    using pool = new DiskPool();
    const bytes = new Uint8Array(3_300_000).map((_, i) => i * 7 + (i >> 9));
    const path = await dir.write("image.czi", bytes);
    await Deno.utime(path, 1_700_000_000.123, 1_700_000_000.123);
    const { stdout } = await new Deno.Command("sha256sum", { args: [path] }).output();
    const hash = await pool.hashFile(path);
    const info = await Deno.stat(path);
    assert.equal(hash.sha256, new TextDecoder().decode(stdout).slice(0, 64));
    assert.equal(hash.sizeBytes, bytes.length);
    assert.equal(hash.mtimeMs, 1_700_000_000_123);
    assert.equal(hash.fileId, `${info.dev}:${info.ino}`);
    assert.equal(hash.ctimeS, Math.floor(info.ctime!.getTime() / 1000));
    assert.equal(hash.cacheDropped, false);
  },
);

Deno.test("hashFile with dropCache gives the same hash for every size", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  for (const size of [0, 1, 511, 4096, 4097, 1_048_576, 2_100_001]) {
    const path = await dir.write(`f${size}`, new Uint8Array(size).fill(size % 251));
    const cached = await pool.hashFile(path);
    const direct = await pool.hashFile(path, { dropCache: true });
    assert.equal(direct.sha256, cached.sha256, `${size} bytes`);
    assert.equal(typeof direct.cacheDropped, "boolean");
  }
  assert.equal((await pool.hashFile(dir.join("f0"))).sha256, EMPTY);
});

testWith(
  ["links"],
  "hashFile refuses links, folders and pipes, and names files that are gone",
  async () => {
    await using dir = await tempDir();
    using pool = new DiskPool();
    const target = await dir.write("target", "x");
    await Deno.symlink(target, dir.join("link"));
    for (const dropCache of [false, true]) {
      await assert.rejects(pool.hashFile(dir.join("link"), { dropCache }), hasCode("not_a_file"));
      await assert.rejects(pool.hashFile(dir.path, { dropCache }), hasCode("not_a_file"));
      await assert.rejects(
        pool.hashFile(dir.join("gone"), { dropCache }),
        hasCode("source_vanished"),
      );
      await assert.rejects(pool.hashFile(`${target}/x`, { dropCache }), hasCode("source_vanished"));
    }
    if (Deno.build.os !== "windows") {
      await new Deno.Command("mkfifo", { args: [dir.join("pipe")] }).output();
      await assert.rejects(pool.hashFile(dir.join("pipe")), hasCode("not_a_file"));
    }
  },
);

Deno.test("hashFile notices a file that is written to while it is read", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  const path = dir.join("growing");
  {
    using file = await Deno.open(path, { write: true, create: true });
    await file.truncate(500 * 1024 * 1024);
  }
  let written = 0;
  const onBytes = () => {
    if (written++ === 0) Deno.writeFileSync(path, new Uint8Array(10), { append: true });
  };
  await assert.rejects(pool.hashFile(path, { onBytes }), hasCode("source_changed"));
  assert.ok(written > 0);
});

Deno.test("hashFiles yields outcomes in order, one failure not touching the others", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  const items = [];
  for (let i = 0; i < 300; i++) {
    const missing = i % 50 === 7;
    const path = missing ? dir.join(`missing${i}`) : await dir.write(`f${i}`, `content ${i}`);
    items.push({ path, sizeBytes: i === 3 ? 20_000_000 : 10, i, missing });
  }
  let seen = 0;
  for await (const outcome of pool.hashFiles(items)) {
    assert.equal(outcome.item.i, seen++);
    assert.equal(outcome.ok, !outcome.item.missing);
    if (!outcome.ok) assert.equal(outcome.error.code, "source_vanished");
    else assert.equal(outcome.value.sizeBytes, `content ${outcome.item.i}`.length);
  }
  assert.equal(seen, 300);
});

Deno.test("hashFiles asks for no more items than it needs to stay busy", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool({ threads: 1 });
  const path = await dir.write("f", "x");
  let asked = 0;
  function* endless() {
    while (true) {
      asked++;
      yield { path, sizeBytes: 1 };
    }
  }
  let taken = 0;
  for await (const _ of pool.hashFiles(endless())) if (++taken === 10) break;
  assert.ok(asked < 5_000, `${asked} items asked for`);
  assert.equal((await pool.hashFile(path)).sizeBytes, 1);
});
