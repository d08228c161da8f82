import assert from "node:assert/strict";
import { encodeUtf8, LabferryError } from "../../lib/base/mod.ts";
import { writeFileAtomic } from "../../lib/disk/mod.ts";
import { startScript } from "../support/child_lines.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";

const CHILD = new URL("./write_child.ts", import.meta.url);

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

const hasCode = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;

Deno.test("writeFileAtomic writes new files and replaces old ones, leaving nothing else", async () => {
  await using dir = await tempDir();
  const path = dir.join("creation.json");
  await writeFileAtomic(path, encodeUtf8("one"));
  await writeFileAtomic(path, encodeUtf8("two"));
  assert.equal(await Deno.readTextFile(path), "two");
  assert.deepEqual(namesIn(dir.path), ["creation.json"]);
});

testWith(
  ["linux"],
  "writeFileAtomic keeps the old file's mode, or sets the one it is given",
  async () => {
    await using dir = await tempDir();
    const path = await dir.write("token", "old");
    await Deno.chmod(path, 0o640);
    await writeFileAtomic(path, encodeUtf8("new"));
    assert.equal(Deno.statSync(path).mode! & 0o7777, 0o640);
    await writeFileAtomic(path, encodeUtf8("new"), { mode: 0o600 });
    assert.equal(Deno.statSync(path).mode! & 0o7777, 0o600);
  },
);

testWith(["root", "linux"], "writeFileAtomic as root leaves the file to its owner", async () => {
  await using dir = await tempDir();
  const path = await dir.write("creation.json", "old");
  await Deno.chown(path, 4242, 4343);
  await writeFileAtomic(path, encodeUtf8("new"));
  const { uid, gid } = Deno.statSync(path);
  assert.deepEqual([uid, gid], [4242, 4343]);
});

testWith(["tmpfs"], "writeFileAtomic keeps the old bytes when the disk is full", async () => {
  await using disk = await smallDisk(64);
  const path = disk.join("creation.json");
  await writeFileAtomic(path, encodeUtf8("old"));
  await assert.rejects(writeFileAtomic(path, new Uint8Array(200_000)), hasCode("disk_full"));
  assert.equal(await Deno.readTextFile(path), "old");
  assert.deepEqual(namesIn(disk.path), ["creation.json"]);
});

testWith(["links"], "writeFileAtomic refuses a link and a folder and leaves both", async () => {
  await using dir = await tempDir();
  const target = await dir.write("target", "kept");
  await Deno.symlink(target, dir.join("link"));
  await Deno.mkdir(dir.join("folder"));
  await assert.rejects(writeFileAtomic(dir.join("link"), encodeUtf8("x")), hasCode("link_refused"));
  await assert.rejects(writeFileAtomic(dir.join("folder"), encodeUtf8("x")), hasCode("not_a_file"));
  assert.equal(await Deno.readTextFile(target), "kept");
  assert.deepEqual(namesIn(dir.path), ["folder", "link", "target"]);
});

Deno.test("writeFileAtomic takes names of 255 bytes", async () => {
  await using dir = await tempDir();
  const name = `${"ä".repeat(127)}x`;
  await writeFileAtomic(dir.join(name), encodeUtf8("long"));
  assert.deepEqual(namesIn(dir.path), [name]);
});

Deno.test("writeFileAtomic createOnly never replaces, and leaves no temporary file", async () => {
  await using dir = await tempDir();
  const path = dir.join("creation.json");
  await writeFileAtomic(path, encodeUtf8("first"), { createOnly: true, mode: 0o600 });
  await assert.rejects(
    writeFileAtomic(path, encodeUtf8("second"), { createOnly: true }),
    hasCode("already_exists"),
  );
  assert.equal(await Deno.readTextFile(path), "first");
  assert.deepEqual(namesIn(dir.path), ["creation.json"]);
  if (Deno.build.os !== "windows") assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
});

/** Eight with pipes both ways hang under wine, whatever they do. */
const WRITERS = Deno.build.os === "windows" ? 3 : 8;

Deno.test("writeFileAtomic createOnly lets exactly one of several processes win", async () => {
  await using dir = await tempDir();
  const path = dir.join("creation.json");
  await using stack = new AsyncDisposableStack();
  const children = Array.from(
    { length: WRITERS },
    (_, i) => stack.use(startScript(CHILD, ["once", path, `writer ${i}`])),
  );
  await Promise.all(children.map((child) => child.said("ready")));
  await Promise.all(children.map((child) => child.tell("go")));
  await Promise.all(children.map((child) => child.said("over")));
  const winners = children.map((child) => child.heard("won"));
  assert.equal(winners.filter(Boolean).length, 1);
  assert.equal(await Deno.readTextFile(path), `writer ${winners.indexOf(true)}`);
  assert.deepEqual(namesIn(dir.path), ["creation.json"]);
});

Deno.test("writeFileAtomic killed at any instant leaves whole bytes and at most one .tmp", async () => {
  await using dir = await tempDir();
  for (let round = 0; round < 8; round++) {
    const folder = dir.join(`round-${round}`);
    await Deno.mkdir(folder);
    const path = `${folder}/creation.json`;
    await using child = startScript(CHILD, ["forever", path]);
    await child.said("writing");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 12));
    await child.kill();
    const bytes = await Deno.readFile(path);
    assert.equal(bytes.length, 300_000);
    assert.ok(bytes.every((byte) => byte === bytes[0]));
    const temps = namesIn(folder).filter((name) => name !== "creation.json");
    assert.ok(temps.length <= 1, temps.join(" "));
    for (const name of temps) assert.match(name, /^\.lf-[0-9a-f]{12}\.tmp$/);
  }
});
