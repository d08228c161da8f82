/** What is rclone's own affair: kinds of remotes, ways of proof, killed and changing pushes. */
import assert from "node:assert/strict";
import type {
  FarHashOutcome,
  FarHashRequest,
  FarSession,
  FileToSend,
  PushRequest,
} from "../../../lib/transports/contract.ts";
import { UNREADABLE_SHA256 } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { RcloneTransport } from "../../../lib/transports/rclone/mod.ts";
import type { RcloneOptions } from "../../../lib/transports/rclone/mod.ts";
import { noise, sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { RCLONE, recordingRclone, sftpSection } from "../../support/rclone_place.ts";
import { startSshd, type TestSshd } from "../../support/sshd.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const never = new AbortController().signal;

async function connect(dir: TempDir, options: RcloneOptions): Promise<FarSession> {
  await Deno.mkdir(dir.join("scratch"), { recursive: true });
  return await new RcloneTransport({ binary: RCLONE, ...options })
    .connect({ signal: never, token: "test:rclone", scratchDir: dir.join("scratch") });
}

async function source(dir: TempDir, path: string, content: string | Uint8Array) {
  const file = await dir.write(`source/${path}`, content);
  const { size, mtime } = await Deno.stat(file);
  return { path, sizeBytes: size, mtimeMs: mtime!.getTime() };
}

function request(dir: TempDir, files: FileToSend[], more: Partial<PushRequest> = {}): PushRequest {
  return {
    sourceDir: dir.join("source"),
    files,
    farDir: "run",
    supersedeInto: ".labferry-superseded/unexpected",
    resend: false,
    uploadMbps: null,
    signal: never,
    ...more,
  };
}

async function hash(
  session: FarSession,
  files: FileToSend[],
  more: Partial<FarHashRequest> = {},
): Promise<{ hashes: Map<string, string | null>; outcome: FarHashOutcome }> {
  const hashes = new Map<string, string | null>();
  const outcome = await session.hash({
    farDir: "run",
    files,
    onHash: (path, found) => hashes.set(path, found),
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal: never,
    ...more,
  });
  return { hashes, outcome };
}

const isCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

testWith(["rclone", "sshd"], "RcloneTransport takes an sftp remote given on the fly", async () => {
  await using dir = await tempDir();
  await using server = await startSshd();
  await using session = await connect(dir, {
    remote: onTheFly(server),
    remotePath: dir.join("base"),
    configFile: await dir.write("rclone.conf", ""),
  });
  await session.createBase();
  const file = await source(dir, "a.dat", "A");
  await session.push(request(dir, [file]));
  const { hashes, outcome } = await hash(session, [file]);
  assert.equal(hashes.get("a.dat"), sha256("A"));
  assert.equal(outcome.strength, "read_back");
  assert.ok(outcome.notes.some((note) => /host key is not checked/.test(note)));
  assert.equal(await session.deviceOfBase(), null);
});

function onTheFly(server: TestSshd): string {
  return `:sftp,host=127.0.0.1,port=${server.port},user=${server.user},key_file="${server.keyPath}",shell_type=unix:`;
}

testWith(["rclone"], "RcloneTransport follows an alias to the folder it names", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("nas/lab"), { recursive: true });
  const configFile = await dir.write(
    "rclone.conf",
    `[short]\ntype = alias\nremote = ${dir.join("nas")}\n`,
  );
  await using session = await connect(dir, { remote: "short", remotePath: "lab", configFile });
  const file = await source(dir, "a.dat", "A");
  await session.push(request(dir, [file]));
  assert.equal(await Deno.readTextFile(dir.join("nas/lab/run/a.dat")), "A");
  assert.equal(await session.deviceOfBase(), (await Deno.stat(dir.join("nas/lab"))).dev);
  const { outcome } = await hash(session, [file]);
  assert.equal(outcome.strength, "read_back");
});

testWith(
  ["rclone"],
  "RcloneTransport reads back through crypt and sees damage under it",
  async () => {
    await using dir = await tempDir();
    const configFile = await dir.write(
      "rclone.conf",
      `[sealed]\ntype = crypt\nremote = ${dir.join("nas")}\nfilename_encryption = off\n` +
        "directory_name_encryption = false\npassword = mU03W7lJFim6ut9DAN51m30emQ\n",
    );
    await using session = await connect(dir, { remote: "sealed", remotePath: "lab", configFile });
    await session.createBase();
    const file = await source(dir, "a.dat", noise(100_000, 1));
    await session.push(request(dir, [file]));
    const first = await hash(session, [file]);
    assert.equal(first.hashes.get("a.dat"), sha256(noise(100_000, 1)));
    assert.equal(first.outcome.strength, "read_back");
    const sealed = dir.join("nas/lab/run/a.dat.bin");
    const bytes = await Deno.readFile(sealed);
    bytes[50_000]! ^= 0xff;
    await Deno.writeFile(sealed, bytes);
    const damaged = await hash(session, [file]);
    assert.equal(damaged.hashes.get("a.dat"), UNREADABLE_SHA256);
  },
);

for (const [type, options] of [["cache", ""], ["hasher", "hashes = sha256\nmax_age = off\n"]]) {
  testWith(["rclone"], `RcloneTransport believes no hash that ${type} remembers`, async () => {
    await using dir = await tempDir();
    await Deno.mkdir(dir.join("nas"));
    const configFile = await dir.write(
      "rclone.conf",
      `[front]\ntype = ${type}\nremote = ${dir.join("nas")}\n${options}`,
    );
    Deno.env.set("RCLONE_CACHE_DIR", dir.join("cache"));
    Deno.env.set("RCLONE_CACHE_DB_PATH", dir.join("cache"));
    Deno.env.set("RCLONE_CACHE_CHUNK_PATH", dir.join("cache"));
    try {
      await using session = await connect(dir, { remote: "front", configFile });
      const file = await source(dir, "a.dat", "before");
      await session.push(request(dir, [file]));
      assert.equal((await hash(session, [file])).hashes.get("a.dat"), sha256("before"));
      const far = dir.join("nas/run/a.dat");
      const { mtime } = await Deno.stat(far);
      await Deno.writeTextFile(far, "beforf");
      await Deno.utime(far, mtime!, mtime!);
      const { hashes, outcome } = await hash(session, [file], { acceptProviderAsserted: true });
      assert.equal(hashes.get("a.dat"), sha256("beforf"));
      assert.equal(outcome.strength, "read_back");
    } finally {
      for (const name of ["DIR", "DB_PATH", "CHUNK_PATH"]) Deno.env.delete(`RCLONE_CACHE_${name}`);
    }
  });
}

testWith(
  ["rclone", "sshd"],
  "RcloneTransport refuses to stream a file that is too large",
  async () => {
    await using dir = await tempDir();
    await using server = await startSshd();
    const told = await recordingRclone(dir.path);
    await using session = await connect(dir, {
      remote: "nas",
      remotePath: dir.join("base"),
      configFile: await dir.write("rclone.conf", sftpSection("nas", server)),
      binary: told.binary,
    });
    await session.createBase();
    const files = [await source(dir, "a.dat", "A"), await source(dir, "b.dat", noise(2_000, 1))];
    await session.push(request(dir, files));
    const limited = hash(session, files, { maxStreamBytes: 1_999 });
    await assert.rejects(limited, isCode("verify_oversize"));
    assert.equal(
      (await told.calls()).some((call) => call[0] === "hashsum"),
      false,
      "it read first",
    );
    const { hashes } = await hash(session, files, { maxStreamBytes: 2_000 });
    assert.equal(hashes.get("b.dat"), sha256(noise(2_000, 1)));
  },
);

testWith(["rclone"], "RcloneTransport repairs what a killed rclone left behind", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const bytes = noise(1_000_000, 2);
  const file = await source(dir, "a.dat", bytes);
  // As 1.60 leaves it: the final name, too short, with the time of the kill.
  await dir.write("base/run/a.dat", bytes.subarray(0, 400_000));
  await session.push(request(dir, [file]));
  assert.equal((await hash(session, [file])).hashes.get("a.dat"), sha256(bytes));
});

testWith(
  ["rclone"],
  "RcloneTransport says source_changed when a file is not as sealed",
  async () => {
    await using dir = await tempDir();
    await Deno.mkdir(dir.join("base"));
    await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
    const file = await source(dir, "a.dat", "sealed");
    await dir.write("source/a.dat", "changed");
    await assert.rejects(session.push(request(dir, [file])), isCode("source_changed"));
    assert.deepEqual([...Deno.readDirSync(dir.join("base"))], []);
    await Deno.remove(dir.join("source/a.dat"));
    await Deno.symlink("/etc/hostname", dir.join("source/a.dat"));
    await assert.rejects(session.push(request(dir, [file])), isCode("source_changed"));
  },
);

testWith(["rclone"], "RcloneTransport says source_changed when a file grows under it", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const file = await source(dir, "grows.dat", noise(3_000_000, 3));
  let grown = false;
  const pushing = session.push(request(dir, [file], {
    uploadMbps: 16,
    onProgress({ bytesDone }) {
      if (grown || bytesDone === 0) return;
      grown = true;
      Deno.writeFileSync(dir.join("source/grows.dat"), new Uint8Array(10), { append: true });
    },
  }));
  await assert.rejects(pushing, isCode("source_changed"));
  assert.ok(grown, "the push was over before the file could grow");
});

testWith(["rclone"], "RcloneTransport keeps below the ceiling in truth", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const sizeBytes = 2_000_000;
  const file = await source(dir, "a.dat", noise(sizeBytes, 4));
  const startedMs = performance.now();
  await session.push(request(dir, [file], { uploadMbps: 10 }));
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= sizeBytes * 8 / 10_000, `${tookMs} ms is too fast for 10 Mbit/s`);
});

testWith(["rclone"], "RcloneTransport takes a ceiling of nothing for a mistake", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const file = await source(dir, "a.dat", "A");
  await assert.rejects(session.push(request(dir, [file], { uploadMbps: 0 })), RangeError);
});

testWith(["rclone"], "RcloneTransport lets no path out of the base", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const bytes = new Map([["../escaped.json", new Uint8Array([1])]]);
  await assert.rejects(session.putFiles("", bytes));
  await assert.rejects(session.getFiles("..", ["scratch"]));
  await assert.rejects(session.setAside("", ["a"], "../aside"));
  assert.deepEqual([...Deno.readDirSync(dir.path)].map((e) => e.name).sort(), ["base", "scratch"]);
});

testWith(["rclone"], "RcloneTransport leaves nothing in the scratch folder", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("base") });
  const file = await source(dir, "a.dat", "A");
  await session.push(request(dir, [file], { emptyDirs: ["e"] }));
  await hash(session, [file]);
  await session.putFiles("run", new Map([["r.json", new Uint8Array([1])]]));
  await session.getFiles("run", ["r.json"]);
  assert.deepEqual([...Deno.readDirSync(dir.join("scratch"))], []);
});

/** SHA-256 at an sftp server came with 1.71; an older rclone (Debian 12 has 1.60) has to read back. */
const isNewer = rcloneMinor() >= 71;
const SFTP = ["rclone", "sshd", "sha256sum"] as const;

function rcloneMinor(): number {
  try {
    const { stdout } = new Deno.Command(RCLONE, { args: ["version"], stdin: "null" }).outputSync();
    return Number(/v1\.(\d+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function hashOverSftp(section: Readonly<Record<string, string>>): Promise<FarHashOutcome> {
  await using dir = await tempDir();
  await using server = await startSshd();
  await using session = await connect(dir, {
    remote: "nas",
    remotePath: dir.join("base"),
    configFile: await dir.write("rclone.conf", sftpSection("nas", server, section)),
  });
  await session.createBase();
  const files = [await source(dir, "a.dat", "A"), await source(dir, "b c.dat", noise(50_000, 1))];
  await session.push(request(dir, files));
  const { hashes, outcome } = await hash(session, files);
  assert.equal(hashes.get("a.dat"), sha256("A"));
  assert.equal(hashes.get("b c.dat"), sha256(noise(50_000, 1)));
  return outcome;
}

testWith(
  SFTP,
  "RcloneTransport lets an sftp server hash where rclone and the remote can",
  async () => {
    const outcome = await hashOverSftp({ hashes: "sha256", sha256sum_command: "sha256sum" });
    assert.equal(outcome.strength, isNewer ? "remote_computed" : "read_back");
  },
);

testWith(
  SFTP,
  "RcloneTransport reads back where an sftp server cannot hash after all",
  async () => {
    const outcome = await hashOverSftp({ hashes: "sha256", sha256sum_command: "no-such-sum" });
    assert.equal(outcome.strength, "read_back");
  },
);
