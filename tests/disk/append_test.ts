import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { appendLine, splitTornTail, tryLockFile } from "../../lib/disk/mod.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";

Deno.test("appendLine adds whole lines, also when many write at once", async () => {
  await using dir = await tempDir();
  const path = dir.join("wizard.log");
  const lines = Array.from({ length: 50 }, (_, i) => `${i} ${"x".repeat(200)}`);
  await Promise.all(lines.map((line, i) => appendLine(path, line, { durable: i % 10 === 0 })));
  const written = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assert.deepEqual(written.sort(), lines.sort());
});

Deno.test("appendLine refuses line breaks and lines beyond the limit, writing nothing", async () => {
  await using dir = await tempDir();
  const path = dir.join("wizard.log");
  await assert.rejects(appendLine(path, "a\nb"), RangeError);
  await assert.rejects(appendLine(path, "a\rb"), RangeError);
  await assert.rejects(appendLine(path, "ä", { maxBytes: 2 }), RangeError);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await appendLine(path, "ä", { maxBytes: 3 });
  assert.equal(await Deno.readTextFile(path), "ä\n");
});

testWith(["links"], "appendLine follows no link and waits for no FIFO", async () => {
  await using dir = await tempDir();
  const path = dir.join("wizard.log");
  await Deno.symlink(dir.join("victim"), path);
  const code = (code: string) => (error: unknown) =>
    error instanceof LabferryError && error.code === code;
  await assert.rejects(appendLine(path, "a"), code("link_refused"));
  await assert.rejects(Deno.lstat(dir.join("victim")), Deno.errors.NotFound);
  if (Deno.build.os === "windows") return;
  await Deno.remove(path);
  assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
  await assert.rejects(appendLine(path, "a"), code("not_a_file"));
  assert.throws(() => tryLockFile(path, { mode: "shared" }), code("not_a_file"));
});

testWith(
  ["tmpfs"],
  "appendLine says disk_full, and splitTornTail mends what that left",
  async () => {
    await using disk = await smallDisk(16);
    const path = disk.join("audit.jsonl");
    await assert.rejects(async () => {
      for (let i = 0; i < 10; i++) await appendLine(path, `${i}`.repeat(3000));
    }, (error) => error instanceof LabferryError && error.code === "disk_full");
    const before = await Deno.readTextFile(path);
    assert.ok(!before.endsWith("\n"));
    // Setting aside needs room: the disk is full, and nothing may be lost by trying.
    await assert.rejects(splitTornTail(path), LabferryError);
    assert.equal(await Deno.readTextFile(path), before);
  },
);

Deno.test("splitTornTail sets a last line without newline aside and keeps the rest", async () => {
  await using dir = await tempDir();
  const path = await dir.write("audit.jsonl", '{"a":1}\n{"b":2}\n{"c"');
  const torn = await splitTornTail(path);
  assert.ok(torn);
  assert.equal(new TextDecoder().decode(torn.fragment), '{"c"');
  assert.equal(torn.keptBytes, 16);
  assert.equal(await Deno.readTextFile(path), '{"a":1}\n{"b":2}\n');
  assert.equal(await Deno.readTextFile(torn.asidePath), '{"c"');
  assert.equal(await splitTornTail(path), null);
});

Deno.test("splitTornTail handles files that are missing, empty, one fragment, or long", async () => {
  await using dir = await tempDir();
  assert.equal(await splitTornTail(dir.join("missing")), null);
  assert.equal(await splitTornTail(await dir.write("empty", "")), null);
  const only = await dir.write("only", "no newline");
  assert.equal((await splitTornTail(only))?.keptBytes, 0);
  assert.equal(await Deno.readTextFile(only), "");
  const long = await dir.write("long", `${"y".repeat(10)}\n${"z".repeat(200_000)}`);
  assert.equal((await splitTornTail(long))?.fragment.length, 200_000);
  assert.equal(await Deno.readTextFile(long), `${"y".repeat(10)}\n`);
});
