import assert from "node:assert/strict";
import { basename } from "node:path";
import { DiskPool, sweepTemps, tryLockFile } from "../../lib/disk/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

/** A file that was last written to 25 hours ago. */
async function oldFile(dir: TempDir, name: string): Promise<string> {
  const path = await dir.write(name, "half");
  const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
  await Deno.utime(path, longAgo, longAgo);
  return path;
}

testWith(
  ["links"],
  "sweepTemps takes our own old temporary files and nothing that looks like one",
  async () => {
    await using dir = await tempDir();
    const ours = [
      await oldFile(dir, ".lf-0123456789ab.tmp"),
      await oldFile(dir, ".lf-0123456789a.part"),
    ];
    for (
      const name of [
        ".lf-my-notes.tmp",
        ".lf-0123456789ab.tmp.bak",
        ".lf-0123456789AB.tmp",
        "lf-0123456789ab.tmp",
        "creation.json.0123456789abcdef.tmp",
        "a.dat",
      ]
    ) await oldFile(dir, name);
    await dir.write(".lf-ffffffffffff.tmp", "being written");
    await Deno.mkdir(dir.join(".lf-eeeeeeeeeeee.tmp"));
    await oldFile(dir, "below/.lf-0123456789ab.tmp");
    await Deno.symlink(dir.join("a.dat"), dir.join(".lf-dddddddddddd.tmp"));
    await Deno.symlink(dir.join("gone"), dir.join(".lf-cccccccccccc.tmp"));
    const before = Array.from(Deno.readDirSync(dir.path), ({ name }) => name);
    const { removed, failed } = await sweepTemps(dir.path);
    assert.deepEqual([removed.toSorted(), failed], [ours.toSorted(), []]);
    const after = Array.from(Deno.readDirSync(dir.path), ({ name }) => name);
    const gone = new Set(before).difference(new Set(after));
    assert.deepEqual(gone, new Set(ours.map((path) => basename(path))));
    await Deno.stat(dir.join("below/.lf-0123456789ab.tmp"));
  },
);

Deno.test("sweepTemps goes through no link, and finds nothing where no folder is", async () => {
  await using dir = await tempDir();
  const temp = await oldFile(dir, "real/.lf-0123456789ab.tmp");
  await Deno.symlink(dir.join("real"), dir.join("link"));
  for (const folder of [dir.join("link"), dir.join("gone"), temp, `${temp}/below`]) {
    assert.deepEqual(await sweepTemps(folder), { removed: [], failed: [] });
  }
  await Deno.stat(temp);
});

Deno.test("sweepTemps takes what is called after a record, while nobody works on that record", async () => {
  await using dir = await tempDir();
  const record = await dir.write("creation.json", "{}");
  const former = await oldFile(dir, "creation.json.0123456789abcdef.tmp");
  await dir.write("creation.json.fedcba9876543210.tmp", "being written");
  await oldFile(dir, "runs.json.0123456789abcdef.tmp");
  await oldFile(dir, "creation.json.my notes.tmp");
  const sweep = () => sweepTemps(dir.path, { records: ["transfer.json", "creation.json"] });
  {
    using _held = tryLockFile(`${record}.lock`, { mode: "exclusive" });
    assert.deepEqual(await sweep(), { removed: [], failed: [] });
  }
  assert.deepEqual(await sweep(), { removed: [former], failed: [] });
});

Deno.test("sweepTemps looks at so many names and no more, and ends when told", async () => {
  await using dir = await tempDir();
  for (const name of "abcdef") await oldFile(dir, `.lf-00000000000${name}.tmp`);
  const stopped = AbortSignal.abort();
  assert.equal((await sweepTemps(dir.path, { signal: stopped })).removed.length, 0);
  assert.equal((await sweepTemps(dir.path, { mostNames: 4 })).removed.length, 4);
  assert.equal((await sweepTemps(dir.path, { mostNames: 4 })).removed.length, 2);
});

Deno.test("sweepTemps says what it could not do, and does the rest", async () => {
  await using dir = await tempDir();
  await oldFile(dir, "creation.json.0123456789abcdef.tmp");
  const own = await oldFile(dir, ".lf-0123456789ab.tmp");
  // No lock can be had where a folder has its name.
  await Deno.mkdir(dir.join("creation.json.lock"));
  const { removed, failed } = await sweepTemps(dir.path, { records: ["creation.json"] });
  assert.deepEqual([removed, failed.length], [[own], 1]);
  await Deno.stat(dir.join("creation.json.0123456789abcdef.tmp"));
});

Deno.test("DiskPool.removeParts takes temporary files of small files too, once they are old", async () => {
  await using dir = await tempDir();
  const part = await dir.write("run/.lf-0123456789a.part", "half");
  const old = await oldFile(dir, "run/.exlab-wizard/.lf-0123456789ab.tmp");
  const young = await dir.write("run/.exlab-wizard/.lf-ffffffffffff.tmp", "being written");
  using pool = new DiskPool();
  assert.deepEqual((await pool.removeParts(dir.join("run"))).toSorted(), [part, old].toSorted());
  await Deno.stat(young);
});
