import assert from "node:assert/strict";
import { fileStatOf } from "../../lib/disk/mod.ts";
import {
  foldersOf,
  type ProvenFile,
  removeEmptyFolders,
  unlinkFiles,
} from "../../lib/custody/unlink_files.ts";
import { tempDir } from "../support/temp_dir.ts";
import { filesBelow } from "../contract/stage.ts";
import { testWith } from "../support/needs.ts";

const signal = new AbortController().signal;

async function proven(root: string, ...paths: string[]): Promise<ProvenFile[]> {
  return await Promise.all(paths.map(async (path) => ({
    path,
    ...fileStatOf(`${root}/${path}`, await Deno.lstat(`${root}/${path}`)),
  })));
}

const FILES = { "a.dat": "alpha", "deep/b.dat": "beta", "deep/er/c.dat": "gamma" };

async function openRun() {
  const dir = await tempDir("labferry-unlink-");
  for (const [path, text] of Object.entries(FILES)) await dir.write(`run/${path}`, text);
  return dir;
}

Deno.test("unlinkFiles deletes what was proven, tells of it, and leaves a newcomer", async () => {
  await using dir = await openRun();
  const run = dir.join("run");
  const files = await proven(run, ...Object.keys(FILES));
  await dir.write("run/deep/new.dat", "came later");
  const gone: string[] = [];
  const unlinked = await unlinkFiles(run, {
    files,
    signal,
    onGone: (paths) => gone.push(...paths),
  });
  assert.deepEqual(unlinked, { files: 3, bytes: 14, alreadyGone: 0, bytesAlreadyGone: 0 });
  assert.deepEqual(gone, Object.keys(FILES));
  await removeEmptyFolders(run, await foldersOf(files));
  assert.deepEqual(await filesBelow(run), ["deep/new.dat"]);
  assert.deepEqual([...await foldersOf(files)].sort(), ["deep", "deep/er"]);
  await assert.rejects(Deno.stat(`${run}/deep/er`), Deno.errors.NotFound);
});

testWith(
  ["links"],
  "unlinkFiles stops at a file that is not what it was, whichever way, and tells what is gone",
  async () => {
    const changes: Record<string, (path: string) => Promise<void>> = {
      "written to": (path) => Deno.writeTextFile(path, "more", { append: true }),
      "replaced by the same bytes": async (path) => {
        await Deno.rename(path, `${path}.old`);
        await Deno.copyFile(`${path}.old`, path);
      },
      "a link": async (path) => {
        await Deno.rename(path, `${path}.old`);
        await Deno.symlink(`${path}.old`, path);
      },
      "touched": (path) => Deno.utime(path, 1, 1),
    };
    for (const [what, change] of Object.entries(changes)) {
      await using dir = await openRun();
      const run = dir.join("run");
      const files = await proven(run, ...Object.keys(FILES));
      await change(`${run}/deep/b.dat`);
      const gone: string[] = [];
      await assert.rejects(
        unlinkFiles(run, { files, signal, onGone: (paths) => gone.push(...paths) }),
        { code: "deletion_stopped" },
        what,
      );
      assert.deepEqual(gone, ["a.dat"], what);
      assert.ok((await Deno.lstat(`${run}/deep/b.dat`)).size >= 0, what);
      assert.equal(await Deno.readTextFile(`${run}/deep/er/c.dat`), "gamma", what);
    }
  },
);

testWith(["links"], "unlinkFiles does not go through a folder that became a link", async () => {
  await using dir = await openRun();
  const run = dir.join("run");
  const files = await proven(run, ...Object.keys(FILES));
  await Deno.rename(`${run}/deep`, dir.join("elsewhere"));
  await Deno.symlink(dir.join("elsewhere"), `${run}/deep`);
  await assert.rejects(unlinkFiles(run, { files, signal, onGone: () => {} }), {
    code: "deletion_stopped",
    message: /through a link/,
  });
  assert.equal(await Deno.readTextFile(dir.join("elsewhere/b.dat")), "beta");
  await removeEmptyFolders(run, ["deep", "deep/er"]);
  assert.ok((await Deno.lstat(`${run}/deep`)).isSymlink);
});

Deno.test("unlinkFiles counts what somebody deleted before, and stops when it is told to", async () => {
  await using dir = await openRun();
  const run = dir.join("run");
  const files = await proven(run, ...Object.keys(FILES));
  await Deno.remove(`${run}/deep`, { recursive: true });
  const unlinked = await unlinkFiles(run, { files, signal, onGone: () => {} });
  assert.deepEqual(unlinked, { files: 1, bytes: 5, alreadyGone: 2, bytesAlreadyGone: 9 });
  await using other = await openRun();
  const kept = other.join("run");
  const objection = () => "a person keeps it now";
  await assert.rejects(
    unlinkFiles(kept, { files: await proven(kept, "a.dat"), signal, onGone: () => {}, objection }),
    { code: "deletion_stopped", message: /a person keeps it now/ },
  );
  assert.equal(await Deno.readTextFile(`${kept}/a.dat`), "alpha");
});
