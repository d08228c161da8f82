import assert from "node:assert/strict";
import { type Code, LabferryError } from "../../lib/base/mod.ts";
import { DiskPool } from "../../lib/disk/mod.ts";
import type { FarSession, FileToSend } from "../../lib/transports/contract.ts";
import { type FailureCode, TransportError } from "../../lib/transports/failure.ts";
import { refusalOnWindows } from "../../lib/transports/mount/carried_names.ts";
import { MountTransport, type MountTransportOptions } from "../../lib/transports/mount/mod.ts";
import { mountFailure } from "../../lib/transports/mount/failure.ts";
import { FAR_DIR, filesBelow, noise, pushDefaults, sha256 } from "../contract/stage.ts";
import { testWith } from "../support/needs.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const signal = new AbortController().signal;

interface Fixture extends AsyncDisposable {
  readonly dir: TempDir;
  readonly run: string;
  readonly base: string;
  readonly session: FarSession;
  /** A file of the run, as its line of the list. */
  add(path: string, content: Uint8Array | string): Promise<FileToSend>;
}

async function fixture(
  more: Partial<MountTransportOptions> & { base?: string } = {},
): Promise<Fixture> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const run = dir.join("run");
  const base = more.base ?? dir.join("nas");
  await Deno.mkdir(run);
  await Deno.mkdir(base, { recursive: true });
  const transport = new MountTransport({ ...more, path: base });
  const session = stack.use(
    await transport.connect({ signal, token: "mount", scratchDir: dir.path }),
  );
  const add = async (path: string, content: Uint8Array | string) => {
    await dir.write(`run/${path}`, content);
    const { size, mtime } = await Deno.stat(`${run}/${path}`);
    return { path, sizeBytes: size, mtimeMs: mtime!.getTime() };
  };
  return { dir, run, base, session, add, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function says(code: FailureCode, text: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

async function mountTmpfs(point: string, options: string): Promise<AsyncDisposable> {
  await Deno.mkdir(point, { recursive: true });
  await system("mount", "-t", "tmpfs", "-o", options, "tmpfs", point);
  return { [Symbol.asyncDispose]: () => system("umount", "-l", point) };
}

async function system(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

Deno.test("MountTransport hashes what it sends in the same pass", async () => {
  await using place = await fixture();
  const { session, run, add } = place;
  const bytes = noise(3_000_000, 1);
  const files = [await add("a.dat", bytes), await add("b.dat", "b")];
  const hashes: [string, string][] = [];
  const onSourceHash = (path: string, hash: string) => void hashes.push([path, hash]);
  await session.push({ ...pushDefaults(run, signal), files, onSourceHash });
  assert.deepEqual(hashes, [["a.dat", sha256(bytes)], ["b.dat", sha256("b")]]);
  await session.push({ ...pushDefaults(run, signal), files, onSourceHash });
  assert.equal(hashes.length, 2, "what is there already was read again");
});

Deno.test("MountTransport leaves alone, file for file, what has arrived", async () => {
  await using place = await fixture();
  const { session, run, base, add } = place;
  const files = [await add("a/a.dat", "A"), await add("b.dat", "B")];
  await session.push({ ...pushDefaults(run, signal), files });
  const before = await Deno.stat(`${base}/${FAR_DIR}/a/a.dat`);
  files.push(await add("c.dat", "C"));
  const seen: number[] = [];
  await session.push({
    ...pushDefaults(run, signal),
    files,
    onProgress: ({ filesDone }) => void seen.push(filesDone!),
  });
  assert.equal((await Deno.stat(`${base}/${FAR_DIR}/a/a.dat`)).ino, before.ino);
  assert.equal(seen.at(-1), 3);
});

Deno.test("MountTransport takes away what a killed push left, and never lists it", async () => {
  await using place = await fixture();
  const { session, run, base, add } = place;
  const files = [await add("a.dat", "A")];
  await session.push({ ...pushDefaults(run, signal), files });
  for (const part of [".lf-0123456789a.part", ".b.dat.0123456789abcdef.labferry-part"]) {
    await Deno.writeTextFile(`${base}/${FAR_DIR}/${part}`, "half");
  }
  for await (const { path } of session.list(FAR_DIR)) assert.equal(path, "a.dat");
  await session.push({ ...pushDefaults(run, signal), files });
  assert.deepEqual(await filesBelow(`${base}/${FAR_DIR}`), ["a.dat"]);
});

Deno.test("MountTransport says source_changed of a file that is not the sealed one", async () => {
  await using place = await fixture();
  const { session, run, base, add } = place;
  const grown = await add("a.dat", "A");
  await Deno.writeTextFile(`${run}/a.dat`, "AA");
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files: [grown] }),
    says("source_changed"),
  );
  assert.deepEqual(await filesBelow(base), []);
});

testWith(
  ["links"],
  "MountTransport says source_changed of a link in the sealed one's place",
  async () => {
    await using place = await fixture();
    const { session, run, base, add } = place;
    const linked = await add("b.dat", "B");
    await Deno.remove(`${run}/b.dat`);
    await Deno.symlink("/etc/hostname", `${run}/b.dat`);
    await assert.rejects(
      session.push({ ...pushDefaults(run, signal), files: [linked] }),
      says("source_changed"),
    );
    assert.deepEqual(await filesBelow(base), []);
  },
);

testWith(
  ["links"],
  "MountTransport says destination_conflict of a link, and leaves it",
  async () => {
    await using place = await fixture();
    const { session, run, base, add } = place;
    await Deno.mkdir(`${base}/${FAR_DIR}`, { recursive: true });
    await Deno.symlink("nowhere", `${base}/${FAR_DIR}/a.dat`);
    await assert.rejects(
      session.push({ ...pushDefaults(run, signal), files: [await add("a.dat", "A")] }),
      says("destination_conflict", /a symbolic link has that name/),
    );
    await assert.rejects(
      session.setAside(FAR_DIR, ["a.dat"], ".labferry-superseded/1"),
      says("destination_conflict", /a symbolic link has that name/),
    );
    assert.equal(await Deno.readLink(`${base}/${FAR_DIR}/a.dat`), "nowhere");
  },
);

Deno.test("MountTransport refuses a name that it would take for its own temporary file", async () => {
  await using place = await fixture();
  const { session, run, add } = place;
  const files = [await add("x/.lf-0123456789a.part", "data")];
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files }),
    says("name_not_carried", /temporary files/),
  );
});

Deno.test("MountTransport leads no path out of its base", async () => {
  await using place = await fixture();
  const { session, run, dir } = place;
  await dir.write("out.dat", "outside");
  const outside = { code: "path_outside" };
  const files = [{ path: "../out.dat", sizeBytes: 7, mtimeMs: 0 }];
  for (const farDir of ["..", "../elsewhere", "../../x"]) {
    const put = session.putFiles(farDir, new Map([["x", new Uint8Array([1])]]));
    await assert.rejects(put, outside);
    await assert.rejects(session.getFiles(farDir, ["out.dat"]), outside);
    const push = session.push({ ...pushDefaults(run, signal), farDir, files });
    await assert.rejects(push, outside);
  }
  assert.deepEqual((await filesBelow(dir.path)).sort(), ["out.dat"]);
});

Deno.test("MountTransport notes that a read-back may have come from cache", async () => {
  await using place = await fixture();
  const { session, run, add } = place;
  const files = [await add("a.dat", noise(200_000, 2))];
  await session.push({ ...pushDefaults(run, signal), files });
  const request = {
    farDir: FAR_DIR,
    files,
    onHash: () => {},
    maxStreamBytes: 1,
    acceptProviderAsserted: false,
    signal,
  };
  const cached = await session.hash({ ...request, dropCache: false });
  assert.equal(cached.strength, "read_back");
  assert.match(cached.notes.join(), /may have come from memory/);
});

testWith(["tmpfs"], "MountTransport says destination_full and leaves no part behind", async () => {
  await using dir = await tempDir();
  await using _mounted = await mountTmpfs(dir.join("small"), "size=1m");
  await using place = await fixture({ base: dir.join("small") });
  const { session, run, base, add } = place;
  const fits = await add("a.dat", noise(300_000, 3));
  const tooMuch = await add("b.dat", noise(2_000_000, 4));
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files: [fits, tooMuch] }),
    says("destination_full"),
  );
  for (const path of await filesBelow(base)) assert.equal(path, `${FAR_DIR}/a.dat`);
  await session.push({ ...pushDefaults(run, signal), files: [fits] });
});

testWith(["tmpfs"], "MountTransport writes nothing when its share is unmounted", async () => {
  await using dir = await tempDir();
  const point = dir.join("share");
  const mounted = await mountTmpfs(point, "size=8m");
  await using place = await fixture({ base: point });
  const { session, run, add } = place;
  const files = [await add("a.dat", "A")];
  await session.check();
  await mounted[Symbol.asyncDispose]();
  await assert.rejects(session.check(), says("destination_identity"));
  // A mark on the disk below would be read as if it were the share's.
  await assert.rejects(session.getFiles("", ["mark.json"]), says("destination_identity"));
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files }),
    says("destination_identity"),
  );
  await assert.rejects(
    session.putFiles("", new Map([["x", new Uint8Array([1])]])),
    says("destination_identity"),
  );
  const hashing = session.hash({
    farDir: FAR_DIR,
    files,
    onHash: () => {},
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  await assert.rejects(hashing, says("destination_identity"));
  assert.deepEqual(await filesBelow(point), []);
});

testWith(["tmpfs"], "MountTransport calls a read-only share a matter of rights", async () => {
  await using dir = await tempDir();
  await using _mounted = await mountTmpfs(dir.join("ro"), "size=1m,ro");
  await using place = await fixture({ base: dir.join("ro") });
  const { session, run, add } = place;
  await session.check();
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files: [await add("a.dat", "A")] }),
    says("auth"),
  );
});

/** A thread that hears everything and answers nothing: a share whose server is gone. */
const HUNG = `data:application/javascript,${
  encodeURIComponent(
    'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => {});',
  )
}`;

Deno.test("MountTransport gives up on a share that hangs", async () => {
  await using dir = await tempDir();
  const makePool = () => new DiskPool({ threads: 1, workerUrl: HUNG });
  const transport = new MountTransport({ path: dir.path, makePool, answerMs: 50 });
  await assert.rejects(
    transport.connect({ signal, token: "hung", scratchDir: dir.path }),
    says("unreachable", /does not answer/),
  );
});

Deno.test("MountTransport ends a push that falls silent", async () => {
  const hung = new DiskPool({ threads: 1, workerUrl: HUNG });
  /** Answers small questions and hangs in every copy. */
  class HalfHung extends DiskPool {
    override copyFiles = hung.copyFiles.bind(hung) as DiskPool["copyFiles"];
  }
  await using place = await fixture({ makePool: () => new HalfHung(), silenceMs: 200 });
  const { session, run, add } = place;
  await assert.rejects(
    session.push({ ...pushDefaults(run, signal), files: [await add("a.dat", "A")] }),
    says("unreachable", /does not answer/),
  );
  hung[Symbol.dispose]();
});

Deno.test("MountTransport follows a ceiling that changes under way", async () => {
  const rates: (number | null)[] = [];
  let words = new BigInt64Array(new SharedArrayBuffer(16));
  class Watched extends DiskPool {
    override copyFiles: DiskPool["copyFiles"] = (items, options) => {
      words = new BigInt64Array(options.pace!.shared);
      rates.push(Number(words[0]));
      return super.copyFiles(items, options);
    };
  }
  await using place = await fixture({ makePool: () => new Watched() });
  const { session, run, add } = place;
  const files = [await add("a.dat", noise(4_000_000, 5))];
  let asked = 0;
  await session.push({
    ...pushDefaults(run, signal),
    files,
    get uploadMbps() {
      return asked++ === 0 ? 40 : null;
    },
  });
  assert.deepEqual(rates, [5_000_000]);
  assert.equal(words[0], 0n, "the new ceiling did not reach the threads");
});

Deno.test("mountFailure keeps the destination's failures apart from the run's", () => {
  const codeOf = (code: Code, message = "x", path?: string) => {
    const error = new LabferryError(code, message, path ? { path } : {});
    return (mountFailure(error, { source: "/run/a" }) as TransportError).code;
  };
  assert.equal(codeOf("disk_full"), "destination_full");
  assert.equal(codeOf("device_lost"), "unreachable");
  assert.equal(codeOf("permission_denied"), "auth");
  assert.equal(codeOf("read_only"), "auth");
  assert.equal(codeOf("mount_lost"), "destination_identity");
  assert.equal(codeOf("not_a_file", "x", "/run/a"), "source_changed");
  assert.equal(codeOf("not_a_file", "x", "/nas/a"), "destination_conflict");
  assert.equal(
    codeOf("io_failed", "/nas/a:b could not be written: Invalid argument"),
    "name_not_carried",
  );
  assert.equal(codeOf("io_failed", "odd"), "unknown");
  const bug = new TypeError("bug");
  assert.equal(mountFailure(bug), bug);
});

Deno.test("refusalOnWindows names what Windows would change or refuse", () => {
  for (
    const bad of ["a:b", "sub/what?", "dot.", "trailing ", "con.txt", "x/LPT1", "tab\there", "a\\b"]
  ) {
    assert.notEqual(refusalOnWindows(bad), null, bad);
  }
  for (const good of ["a.b", "..hidden", "console.txt", "日本語/x", " leading", "#hash"]) {
    assert.equal(refusalOnWindows(good), null, good);
  }
});
