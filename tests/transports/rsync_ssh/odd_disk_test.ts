/** Far disks with habits: what does not fit there is named, and secondary things stop nothing. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import { sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { oddShare } from "../../support/odd_share.ts";
import { openScene, type Scene } from "./scene.ts";

const TOOLS = ["rsync", "sshd", "fuse"] as const;

async function failure(work: Promise<unknown>, code: string): Promise<TransportError> {
  const error = await work.then(() => null, (error: unknown) => error);
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, code, `${error.message}\n${error.toolTail}`);
  return error;
}

function sceneAt(path: string): Promise<Scene> {
  return openScene({ remotePath: () => `${path}/base` });
}

testWith(TOOLS, "push names the file whose name is too long there", async () => {
  await using share = await oddShare({ mostNameBytes: 143 });
  await using scene = await sceneAt(share.path);
  const name = `sub/${"n".repeat(150)}`;
  const files = [await scene.write("a.dat", "A"), await scene.write(name, "B")];
  const error = await failure(scene.push(files), "name_not_carried");
  assert.equal(error.path, name);
});

testWith(TOOLS, "push says file_too_large, and never that the disk is full", async () => {
  await using share = await oddShare({ mostFileBytes: 100_000 });
  await using scene = await sceneAt(share.path);
  const files = [
    await scene.write("x/big.tif", new Uint8Array(300_000)),
    await scene.write("y", "Y"),
  ];
  const error = await failure(scene.push(files), "file_too_large");
  assert.equal(error.path, "x/big.tif");
});

testWith(TOOLS, "push says destination_full over quota", async () => {
  await using share = await oddShare({ quotaBytes: 100_000 });
  await using scene = await sceneAt(share.path);
  await failure(scene.push([await scene.write("a", new Uint8Array(300_000))]), "destination_full");
});

testWith(
  TOOLS,
  "push says unreachable when the disk behind the far machine goes away",
  async () => {
    await using share = await oddShare({});
    await using scene = await sceneAt(share.path);
    const file = await scene.write("a.dat", "A");
    await scene.push([file]);
    await share.set({ fails: [{ operation: "create", nth: 1, errno: "ESTALE", onwards: true }] });
    await failure(scene.push([await scene.write("b.dat", "B")]), "unreachable");
  },
);

testWith(TOOLS, "push goes on where times cannot be set, and says so once", async () => {
  await using share = await oddShare({ noTimes: "EPERM" });
  await using scene = await sceneAt(share.path);
  const files = [await scene.write("a.dat", "A"), await scene.write("x/b.dat", "B")];
  const notes: string[] = [];
  await scene.push(files, { onNote: (note) => notes.push(note) });
  assert.deepEqual(notes, ["the far side does not let the files' times be set"]);
  assert.deepEqual(
    await scene.hash(["a.dat", "x/b.dat"]),
    new Map([["a.dat", sha256("A")], ["x/b.dat", sha256("B")]]),
  );
});

testWith(TOOLS, "nameHabits finds a share that folds case and normalises", async () => {
  await using share = await oddShare({ foldsCase: true, normalises: true });
  await using scene = await sceneAt(share.path);
  const habits = { foldsCase: true, normalises: true };
  assert.deepEqual(await scene.session.nameHabits("run"), habits);
  await using folding = await oddShare({ foldsCase: true });
  await using other = await sceneAt(folding.path);
  assert.deepEqual(await other.session.nameHabits(""), { foldsCase: true, normalises: false });
});

testWith(TOOLS, "flush claims nothing where the far disk cannot be told", async () => {
  await using share = await oddShare({});
  await using scene = await sceneAt(share.path);
  const { flushed, note } = await scene.session.flush("run");
  assert.equal(flushed, false);
  assert.match(note ?? "", /FUSE/);
  await using plain = await openScene();
  assert.deepEqual(await plain.session.flush("run"), { flushed: true, note: null });
});

testWith(TOOLS, "push keeps both bytes where a share folds their names", async () => {
  await using share = await oddShare({ foldsCase: true });
  await using scene = await sceneAt(share.path);
  await scene.push([await scene.write("keep.tif", "proven bytes")]);
  const aside: string[] = [];
  await scene.push([await scene.write("Keep.tif", "other")], {
    onSetAside: (path) => aside.push(path),
    supersedeInto: "aside/1",
  });
  assert.equal(aside.length, 1);
  assert.equal(await Deno.readTextFile(`${share.path}/base/aside/1/${aside[0]}`), "proven bytes");
});

testWith(["rsync", "sshd", "linux"], "push opens nothing wider than it is here", async () => {
  await using scene = await openScene();
  const file = await scene.write("private/a.dat", "A");
  await Deno.chmod(`${scene.runDir}/private`, 0o700);
  await Deno.chmod(`${scene.runDir}/private/a.dat`, 0o600);
  await Deno.mkdir(`${scene.runDir}/empty`, { mode: 0o700 });
  await scene.push([file], { emptyDirs: ["empty"] });
  const mode = async (path: string) =>
    ((await Deno.stat(`${scene.basePath}/run/${path}`)).mode! & 0o777).toString(8);
  assert.equal(await mode("private/a.dat"), "600");
  assert.equal(await mode("private"), "700");
  assert.equal(await mode("empty"), "700");
});
