/** Every failure is provoked for real; what rclone writes differs between versions. */
import assert from "node:assert/strict";
import type { FarSession } from "../../../lib/transports/contract.ts";
import { TransportError } from "../../../lib/transports/failure.ts";
import { RcloneTransport } from "../../../lib/transports/rclone/mod.ts";
import type { RcloneOptions } from "../../../lib/transports/rclone/mod.ts";
import { testWith } from "../../support/needs.ts";
import { RCLONE, recordingRclone, sftpSection } from "../../support/rclone_place.ts";
import { startSshd } from "../../support/sshd.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const RECORD = new Map([["a.json", new TextEncoder().encode("{}")]]);

async function connect(dir: TempDir, options: RcloneOptions): Promise<FarSession> {
  await Deno.mkdir(dir.join("scratch"), { recursive: true });
  return await new RcloneTransport({ binary: RCLONE, ...options }).connect({
    signal: new AbortController().signal,
    token: "test:failure",
    scratchDir: dir.join("scratch"),
  });
}

/** Connecting, checking and writing: the first that fails. */
async function failureOf(dir: TempDir, options: RcloneOptions): Promise<TransportError> {
  try {
    await using session = await connect(dir, options);
    await session.check();
    await session.putFiles("run", RECORD);
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    return error;
  }
  assert.fail("nothing failed");
}

Deno.test("RcloneTransport says missing_tool, with how to get it, when rclone is not there", async () => {
  await using dir = await tempDir();
  for (const binary of [dir.join("rclone"), await dir.write("not-executable", "")]) {
    const error = await failureOf(dir, { remote: ":local:", remotePath: dir.path, binary });
    assert.equal(error.code, "missing_tool");
    assert.match(error.hint ?? "", /Install rclone/);
  }
});

Deno.test("RcloneTransport says missing_tool for an rclone that is too old", async () => {
  await using dir = await tempDir();
  const binary = await dir.write("rclone", "#!/bin/sh\necho 'rclone v1.45'\n");
  await Deno.chmod(binary, 0o755);
  const error = await failureOf(dir, { remote: ":local:", remotePath: dir.path, binary });
  assert.equal(error.code, "missing_tool");
  assert.match(error.message, /1\.45/);
});

Deno.test("RcloneTransport tells each rclone to make no table for its screens", async () => {
  await using dir = await tempDir();
  const told = dir.join("told");
  const binary = await dir.write(
    "rclone",
    `#!/bin/sh\necho "$TCELL_MINIMIZE" >> '${told}'\nexit 1\n`,
  );
  await Deno.chmod(binary, 0o755);
  await failureOf(dir, { remote: ":local:", remotePath: dir.path, binary });
  assert.match(await Deno.readTextFile(told), /^(1\n)+$/);
});

testWith(
  ["rclone"],
  "RcloneTransport calls an unknown remote unreachable and names it",
  async () => {
    await using dir = await tempDir();
    const configFile = await dir.write("rclone.conf", "");
    const error = await failureOf(dir, { remote: "no-such-nas", remotePath: "x", configFile });
    assert.equal(error.code, "unreachable");
    assert.match(error.message, /no remote called no-such-nas/);
    assert.match(error.hint ?? "", /rclone listremotes/);
  },
);

testWith(["rclone"], "RcloneTransport calls a closed port unreachable, quickly", async () => {
  await using dir = await tempDir();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const key = await dir.write("key", "");
  await Deno.remove(key);
  const remote = `:sftp,host=127.0.0.1,port=${port},user=x,pass=3bVz5VZCkGLJvSWNnRqGYYgp3A:`;
  const startedMs = performance.now();
  const error = await failureOf(dir, { remote, remotePath: "x" });
  assert.equal(error.code, "unreachable");
  assert.ok(performance.now() - startedMs < 40_000);
});

testWith(
  ["rclone", "sshd"],
  "RcloneTransport calls a host that does not resolve a name",
  async () => {
    await using dir = await tempDir();
    await using server = await startSshd();
    const configFile = await dir.write(
      "rclone.conf",
      sftpSection("nas", server, { host: "no-such-host.invalid" }),
    );
    const error = await failureOf(dir, { remote: "nas", remotePath: dir.path, configFile });
    assert.equal(error.code, "name_resolution");
  },
);

testWith(
  ["rclone", "sshd"],
  "RcloneTransport tells a refused key from a wrong host key",
  async () => {
    await using dir = await tempDir();
    await using server = await startSshd();
    const stranger = sftpSection("stranger", server, { key_file: server.strangerKeyPath });
    const otherKey = (await Deno.readTextFile(`${server.strangerKeyPath}.pub`)).split(" ");
    const knownHosts = await dir.write(
      "known_hosts",
      `[127.0.0.1]:${server.port} ${otherKey.slice(0, 2).join(" ")}\n`,
    );
    const impostor = sftpSection("impostor", server, { known_hosts_file: knownHosts });
    const configFile = await dir.write("rclone.conf", stranger + impostor);
    const refused = await failureOf(dir, { remote: "stranger", remotePath: dir.path, configFile });
    assert.equal(refused.code, "auth");
    const wrong = await failureOf(dir, { remote: "impostor", remotePath: dir.path, configFile });
    assert.equal(wrong.code, "host_key");
  },
);

testWith(["rclone", "tmpfs"], "RcloneTransport says destination_full on a full disk", async () => {
  await using dir = await tempDir();
  await using _disk = await smallDisk(dir.join("disk"));
  await using session = await connect(dir, { remote: ":local:", remotePath: dir.join("disk") });
  await assert.rejects(
    pushNoise(dir, session),
    (error: unknown) => error instanceof TransportError && error.code === "destination_full",
  );
});

testWith(
  ["rclone", "sshd", "tmpfs"],
  "RcloneTransport says destination_full over sftp, where the server only says Failure",
  async () => {
    await using dir = await tempDir();
    await using server = await startSshd();
    await using _disk = await smallDisk(dir.join("disk"));
    const configFile = await dir.write("rclone.conf", sftpSection("nas", server));
    await using session = await connect(dir, {
      remote: "nas",
      remotePath: dir.join("disk"),
      configFile,
    });
    await assert.rejects(
      pushNoise(dir, session),
      (error: unknown) => error instanceof TransportError && error.code === "destination_full",
    );
  },
);

testWith(["rclone"], "RcloneTransport does not take a file for a base", async () => {
  await using dir = await tempDir();
  const path = await dir.write("file", "");
  const error = await failureOf(dir, { remote: ":local:", remotePath: path });
  assert.equal(error.code, "destination_identity");
});

testWith(["rclone", "sshd"], "RcloneTransport does not take a far file for a base", async () => {
  await using dir = await tempDir();
  await using server = await startSshd();
  const configFile = await dir.write("rclone.conf", sftpSection("nas", server));
  const path = await dir.write("sub/file", "");
  const error = await failureOf(dir, { remote: "nas", remotePath: path, configFile });
  assert.equal(error.code, "destination_identity");
});

testWith(
  ["rclone"],
  "RcloneTransport asks nobody for the password of an encrypted configuration",
  async () => {
    await using dir = await tempDir();
    const noise = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(200))));
    const configFile = await dir.write("rclone.conf", `RCLONE_ENCRYPT_V0:\n${noise}\n`);
    const error = await failureOf(dir, { remote: "nas", remotePath: "x", configFile });
    assert.equal(error.code, "auth");
    assert.match(error.message, /RCLONE_CONFIG_PASS/);
  },
);

testWith(["rclone"], "RcloneTransport tells nobody the password in an address", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("scratch"));
  const secret = "mU03W7lJFim6ut9DAN51m30emQ";
  const remote = `:sftp,host=127.0.0.1,port=1,user=x,pass="${secret}":`;
  const transport = new RcloneTransport({ remote, remotePath: "lab", binary: RCLONE });
  const lines: string[] = [];
  const connecting = transport.connect({
    signal: new AbortController().signal,
    token: "test:secret",
    scratchDir: dir.join("scratch"),
    onToolLine: (line) => lines.push(line),
  });
  await assert.rejects(connecting, (error: unknown) => {
    assert.ok(error instanceof TransportError);
    const told = [error.message, error.hint, error.toolTail, error.stack, transport.address];
    assert.equal(told.join("\n").includes(secret), false, told.join("\n"));
    assert.match(error.message, /:sftp,…:lab/);
    return true;
  });
  assert.ok(lines.length > 0);
  assert.equal(lines.join("\n").includes(secret), false);
});

testWith(["rclone"], "RcloneTransport never lets rclone ask or retry by itself", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("base"));
  const told = await recordingRclone(dir.path);
  await using session = await connect(dir, {
    remote: ":local:",
    remotePath: dir.join("base"),
    binary: told.binary,
  });
  await session.putFiles("run", RECORD);
  await Array.fromAsync(session.list("run"));
  const calls = (await told.calls()).filter((call) => call[0] !== "version");
  assert.deepEqual([...new Set(calls.map((call) => call[0]))], ["rcd", "lsjson"]);
  for (const call of calls) {
    for (const flag of ["--ask-password=false", "--retries=1", "--use-json-log"]) {
      assert.ok(call.includes(flag), `${call[0]} without ${flag}`);
    }
  }
});

/** A disk of 1 MB. */
async function smallDisk(path: string): Promise<AsyncDisposable> {
  await Deno.mkdir(path);
  await command("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  return {
    async [Symbol.asyncDispose]() {
      await command("umount", ["-l", path]);
    },
  };
}

async function command(name: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args, stdin: "null" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

async function pushNoise(dir: TempDir, session: FarSession): Promise<void> {
  const bytes = new Uint8Array(3_000_000);
  for (let at = 0; at < bytes.length; at += 60_000) {
    crypto.getRandomValues(bytes.subarray(at, at + 60_000));
  }
  const file = await dir.write("source/big.tif", bytes);
  const mtimeMs = (await Deno.stat(file)).mtime!.getTime();
  await session.push({
    sourceDir: dir.join("source"),
    files: [{ path: "big.tif", sizeBytes: bytes.length, mtimeMs }],
    farDir: "run",
    supersedeInto: ".labferry-superseded/unexpected",
    resend: false,
    uploadMbps: null,
    signal: new AbortController().signal,
  });
}
