/** Whatever stands in the way of a push survives it; on a disk, over sftp and WebDAV. */
import assert from "node:assert/strict";
import type { FarSession, FileToSend, PushRequest } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { exists, filesBelow } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { connect, PLACES, without } from "./places.ts";

const ASIDE = "aside/1";

async function source(dir: TempDir, path: string, content: string): Promise<FileToSend> {
  const file = await dir.write(`source/${path}`, content);
  const { size, mtime } = await Deno.stat(file);
  return { path, sizeBytes: size, mtimeMs: mtime!.getTime() };
}

/** Pushes and gives what it said it set aside. */
async function push(
  dir: TempDir,
  session: FarSession,
  files: FileToSend[],
  more: Partial<PushRequest> = {},
): Promise<string[]> {
  const told: string[] = [];
  await Deno.mkdir(dir.join("source"), { recursive: true });
  await session.push({
    sourceDir: dir.join("source"),
    files,
    farDir: "run",
    supersedeInto: ASIDE,
    onSetAside: (path) => told.push(path),
    resend: false,
    uploadMbps: null,
    signal: new AbortController().signal,
    ...more,
  });
  return told.sort();
}

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

for (const { name, tools, open } of PLACES) {
  testWith(
    tools,
    `RcloneTransport (${name}) sets aside what stands in the way, and says so`,
    async () => {
      await using dir = await tempDir();
      await using session = await open(dir);
      await dir.write("base/run/other.dat", "a colleague's, longer");
      await dir.write("base/run/sample.raw/inner.dat", "proven, in a folder");
      await dir.write("base/run/sample.raw/deep/inner.dat", "deeper");
      await dir.write("base/run/plate", "proven, a file");
      await dir.write("base/run/plates", "a file where an empty folder must be");
      await dir.write("base/run/bystander.dat", "not of the run");
      const files = [
        await source(dir, "fresh.dat", "F"),
        await source(dir, "other.dat", "ours"),
        await source(dir, "plate/well 1.tif", "W"),
        await source(dir, "sample.raw", "now a file"),
      ];
      const told = await push(dir, session, files, { emptyDirs: ["plates/empty"] });
      assert.deepEqual(told, ["other.dat", "plate", "plates", "sample.raw"]);
      assert.deepEqual(await texts(dir, "base/run"), {
        "bystander.dat": "not of the run",
        "fresh.dat": "F",
        "other.dat": "ours",
        "plate/well 1.tif": "W",
        "sample.raw": "now a file",
      });
      assert.deepEqual(await texts(dir, "base/aside/1"), {
        "other.dat": "a colleague's, longer",
        "plate": "proven, a file",
        "plates": "a file where an empty folder must be",
        "sample.raw/deep/inner.dat": "deeper",
        "sample.raw/inner.dat": "proven, in a folder",
      });
      assert.deepEqual(await push(dir, session, files, { supersedeInto: "aside/2" }), []);
    },
  );

  testWith(tools, `RcloneTransport (${name}) loses no folder to a record`, async () => {
    await using dir = await tempDir();
    await using session = await open(dir);
    await dir.write("base/run/creation.json/inner.dat", "a folder of that name");
    await dir.write("base/run/records", "a file");
    const bytes = new TextEncoder().encode("{}");
    for (const path of ["creation.json", "records/creation.json"]) {
      await assert.rejects(session.putFiles("run", new Map([[path, bytes]])), isConflict);
    }
    assert.deepEqual(await texts(dir, "base/run"), {
      "creation.json/inner.dat": "a folder of that name",
      "records": "a file",
    });
  });
}

testWith(["rclone"], "RcloneTransport tells what it moved also when the push fails", async () => {
  await using dir = await tempDir();
  await using session = await PLACES[0]!.open(dir);
  await dir.write("base/run/a.dat", "a colleague's");
  const big = await source(dir, "z.dat", "z".repeat(4_000_000));
  const files = [await source(dir, "a.dat", "ours"), big];
  const told: string[] = [];
  const stop = new AbortController();
  const pushing = push(dir, session, files, {
    onSetAside: (path) => told.push(path),
    uploadMbps: 4,
    signal: stop.signal,
    onProgress: ({ bytesDone }) => bytesDone > 100_000 && stop.abort(),
  });
  await assert.rejects(pushing);
  assert.deepEqual(told, ["a.dat"]);
  assert.equal((await texts(dir, "base/aside/1"))["a.dat"], "a colleague's");
});

testWith(
  ["rclone"],
  "RcloneTransport refuses before the first byte where a place can set nothing aside",
  async () => {
    await using dir = await tempDir();
    const binary = await without(dir, "Move,DirMove,Copy");
    await using session = await PLACES[0]!.open(dir, { binary });
    await dir.write("base/run/b.dat", "a colleague's");
    await dir.write("base/run/c.dat", "C");
    const c = await source(dir, "c.dat", "C");
    const clashing = [await source(dir, "a.dat", "A"), await source(dir, "b.dat", "ours")];
    await assert.rejects(push(dir, session, clashing), isConflict);
    await assert.rejects(push(dir, session, [c], { resend: true }), isConflict);
    assert.deepEqual(await texts(dir, "base/run"), { "b.dat": "a colleague's", "c.dat": "C" });
    // What is there with the same size stays as it is: the proof compares it.
    assert.deepEqual(await push(dir, session, [clashing[0]!, c]), []);
    assert.equal((await texts(dir, "base/run"))["a.dat"], "A");
    assert.equal(await exists(dir.join("base/aside")), false);
  },
);

testWith(["rclone"], "RcloneTransport writes into no special file", async () => {
  await using dir = await tempDir();
  await using session = await PLACES[0]!.open(dir);
  await Deno.mkdir(dir.join("base/run"));
  const { success } = await new Deno.Command("mkfifo", { args: [dir.join("base/run/a.dat")] })
    .output();
  assert.ok(success);
  await assert.rejects(push(dir, session, [await source(dir, "a.dat", "A")]), isConflict);
});

testWith(["rclone"], "RcloneTransport sends no run into itself", async () => {
  await using dir = await tempDir();
  const file = await source(dir, "a.dat", "A");
  await Deno.mkdir(dir.join("source/in"));
  await Deno.symlink(dir.join("source"), dir.join("other way"));
  for (const path of ["source", "source/in", "other way/in"]) {
    await using session = await connect(dir, {
      section: `[nas]\ntype = alias\nremote = ${dir.path}\n`,
      path,
    });
    await assert.rejects(push(dir, session, [file]), isConflict);
  }
  assert.deepEqual(await texts(dir, "source"), { "a.dat": "A" });
});
