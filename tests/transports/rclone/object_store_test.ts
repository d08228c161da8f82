/** What is different on an object store: no folders, no rename, nothing is flushed. */
import assert from "node:assert/strict";
import type { FarSession } from "../../../lib/transports/contract.ts";
import { RcloneTransport } from "../../../lib/transports/rclone/mod.ts";
import { sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { startS3 } from "../../support/s3_server.ts";
import { shared } from "../../support/shared.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";

const TOOLS = ["rclone", "rcloneMount"] as const;
const server = shared(TOOLS, startS3);
const signal = new AbortController().signal;
const MTIME_MS = 1_700_000_000_000;

/** A session whose base is a bucket, or a prefix in one. */
async function connect(dir: TempDir, base: string): Promise<FarSession> {
  await Deno.mkdir(dir.join("scratch"), { recursive: true });
  const transport = new RcloneTransport({
    remote: "lab-nas",
    remotePath: base,
    configFile: await dir.write("rclone.conf", server().section("lab-nas")),
    binary: server().binary!,
  });
  const options = { signal, token: "test:s3", scratchDir: dir.join("scratch") };
  return await transport.connect(options);
}

const aBucket = () => `b-${crypto.randomUUID().slice(0, 8)}`;

async function push(
  session: FarSession,
  { dir, texts, emptyDirs = [] }: {
    readonly dir: TempDir;
    readonly texts: Readonly<Record<string, string>>;
    readonly emptyDirs?: readonly string[];
  },
) {
  const files = [];
  for (const [path, text] of Object.entries(texts)) {
    await dir.write(`run/${path}`, text);
    await Deno.utime(dir.join("run", path), MTIME_MS / 1000, MTIME_MS / 1000);
    files.push({ path, sizeBytes: text.length, mtimeMs: MTIME_MS });
  }
  const notes: string[] = [];
  const aside: string[] = [];
  await session.push({
    sourceDir: dir.join("run"),
    files,
    emptyDirs,
    farDir: "run",
    supersedeInto: "aside/1",
    resend: false,
    uploadMbps: null,
    onNote: (note) => notes.push(note),
    onSetAside: (path) => aside.push(path),
    signal,
  });
  return { notes, aside };
}

async function hashes(session: FarSession, paths: readonly string[]) {
  const found: Record<string, string | null> = {};
  await session.hash({
    farDir: "",
    files: paths.map((path) => ({ path, sizeBytes: 1, mtimeMs: 0 })),
    onHash: (path, hash) => found[path] = hash,
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  return found;
}

testWith(TOOLS, "an object store says what it does not keep", async () => {
  await using dir = await tempDir();
  await using session = await connect(dir, aBucket());
  await session.createBase();
  const { notes } = await push(session, { dir, texts: { "a.dat": "A" }, emptyDirs: ["empty"] });
  assert.deepEqual(notes, ["empty folders are not kept there: the place knows files only"]);
  const { flushed, note } = await session.flush("run");
  assert.equal(flushed, false);
  assert.match(note!, /cannot ask s3 for it/);
});

testWith(TOOLS, "an object beside a folder of its name is neither replaced nor lost", async () => {
  await using dir = await tempDir();
  await using session = await connect(dir, aBucket());
  await session.createBase();
  await push(session, { dir, texts: { "x": "a stranger's" } });
  await Deno.remove(dir.join("run/x"));
  const { aside } = await push(session, { dir, texts: { "x/y.dat": "Y" } });
  assert.deepEqual(aside, []);
  assert.deepEqual(await hashes(session, ["run/x", "run/x/y.dat"]), {
    "run/x": sha256("a stranger's"),
    "run/x/y.dat": sha256("Y"),
  });
  const listed = await Array.fromAsync(session.list("run"));
  assert.deepEqual(listed.map(({ path }) => path).sort(), ["x", "x/y.dat"]);
});

testWith(TOOLS, "setting aside copies before it deletes: killed between, both stay", async () => {
  await using dir = await tempDir();
  const bucket = aBucket();
  const session = await connect(dir, bucket);
  await session.createBase();
  await push(session, { dir, texts: { "a.dat": "A", "b.dat": "B" } });
  await Deno.writeTextFile(server().holdsDeletes, "");
  try {
    await using looking = await connect(dir, bucket);
    const moving = assert.rejects(session.setAside("run", ["a.dat", "b.dat"], "aside/1"));
    await until(async () => (await Array.fromAsync(looking.list("aside"))).length === 2, {
      what: "both to be copied",
    });
    // Its rclone is killed with it.
    await session[Symbol.asyncDispose]();
    await moving;
  } finally {
    await Deno.remove(server().holdsDeletes);
  }
  await using next = await connect(dir, bucket);
  const names = ["run/a.dat", "aside/1/a.dat", "run/b.dat", "aside/1/b.dat"];
  assert.deepEqual(await hashes(next, names), {
    "run/a.dat": sha256("A"),
    "aside/1/a.dat": sha256("A"),
    "run/b.dat": sha256("B"),
    "aside/1/b.dat": sha256("B"),
  });
  // What comes after has a folder of its own, and takes nothing away there.
  assert.deepEqual([...await next.setAside("run", ["a.dat", "b.dat"], "aside/2")].sort(), [
    "a.dat",
    "b.dat",
  ]);
  assert.equal((await hashes(next, ["aside/1/a.dat"]))["aside/1/a.dat"], sha256("A"));
});

testWith(TOOLS, "a prefix of a bucket is a base, and two of them keep apart", async () => {
  await using dir = await tempDir();
  const bucket = aBucket();
  await using one = await connect(dir, `${bucket}/lab one`);
  await assert.rejects(one.check(), "there is no such bucket");
  await one.createBase();
  await one.check();
  await push(one, { dir, texts: { "a.dat": "A" } });
  await using other = await connect(dir, `${bucket}/other`);
  await other.check();
  assert.deepEqual(await Array.fromAsync(other.list("")), []);
  const listed = await Array.fromAsync(one.list(""));
  assert.deepEqual(listed.map(({ path }) => path), ["run/a.dat"]);
});
