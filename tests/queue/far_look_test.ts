import assert from "node:assert/strict";
import { foldName } from "../../lib/base/mod.ts";
import type { NamesThere, SeenFar } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { openQueue, prove, sealedRun } from "./support.ts";

const asSpelled: NamesThere = { keyOf: (path) => path, areKept: true };
const folded: NamesThere = { keyOf: foldName, areKept: false };
const file = (path: string, sizeBytes = 1): SeenFar => ({
  path,
  kind: "file",
  sizeBytes,
  mtimeMs: 1000,
});
const folder = (path: string): SeenFar => ({ ...file(path, 0), kind: "folder" });

Deno.test("FarLook finds what stands under unsent names, and whose it may be", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["mine", "new", "sent", "a/b"]);
  queue.files(job.id).setSent(["sent"]);
  await using look = await queue.files(job.id).beginLook(asSpelled);
  look.see([file("mine"), file("new"), file("sent"), file("stranger"), folder("a")]);
  await look.takeNames();
  look.own(["mine"]);
  const found = (await Array.fromAsync(look.standing("file"))).map((
    { file, owned },
  ) => [file.path, owned]);
  assert.deepEqual(found, [["mine", true], ["new", false]]);
  assert.equal(await look.firstUnknown(), "stranger");
  assert.deepEqual(await Array.fromAsync(look.wantedAsFolder([])), []);
});

Deno.test("FarLook finds files where folders have to be, and folders where files have to be", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["deep/er/f", "leaf"]);
  await using look = await queue.files(job.id).beginLook(asSpelled);
  look.see([file("deep"), folder("leaf"), file("leaf/theirs"), file("empty")]);
  await look.takeNames();
  const wanted = await Array.fromAsync(look.wantedAsFolder(["empty/dir"]));
  assert.deepEqual(wanted.map(({ there, owned, wantedBy }) => [there.path, owned, wantedBy]), [
    ["deep", false, "deep/er/f"],
    ["empty", false, "empty/dir"],
  ]);
  assert.deepEqual(
    (await Array.fromAsync(look.standing("folder"))).map(({ there }) => there.path),
    ["leaf"],
  );
  assert.equal(await look.strangerIn("leaf"), "leaf/theirs");
  look.own(["leaf/theirs"]);
  assert.equal(await look.strangerIn("leaf"), null);
});

Deno.test("FarLook takes names that a place folds for one, unless the very name is listed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["Keep.tif", "other"]);
  await using look = await queue.files(job.id).beginLook(folded);
  look.see([file("keep.tif"), file("other"), file("OTHER")]);
  await look.takeNames();
  assert.deepEqual(
    (await Array.fromAsync(look.standing("file"))).map((
      { file, there },
    ) => [file.path, there.path]),
    [["Keep.tif", "keep.tif"], ["other", "other"]],
  );
  assert.ok(look.knows("KEEP.TIF"));
  assert.equal(await look.collision(), null);
});

Deno.test("FarLook names two files of a run that would be one over there", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["Keep.tif", "keep.tif"]);
  await using look = await queue.files(job.id).beginLook(folded);
  await look.takeNames();
  assert.deepEqual(await look.collision(), ["Keep.tif", "keep.tif"]);
});

Deno.test("FarLook.leaveList lets what is gone here leave the list, and a later look still owns it", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["gone", "stays"]);
  await prove(queue, job.id);
  {
    using round = await queue.seals.begin(job.id);
    const stays = (await Array.fromAsync(queue.files(job.id).list())).find(({ path }) =>
      path === "stays"
    )!;
    await round.see([stays]);
    await round.unchanged();
  }
  {
    await using look = await queue.files(job.id).beginLook(asSpelled);
    await look.takeNames();
    assert.equal(look.leaveList(["gone", "stays"]), 1);
  }
  assert.deepEqual((await Array.fromAsync(queue.files(job.id).list())).map(({ path }) => path), [
    "stays",
  ]);
  await using look = await queue.files(job.id).beginLook(asSpelled);
  look.see([file("gone")]);
  await look.takeNames();
  assert.equal(await look.firstUnknown(), null, "its name is still one of ours");
});
