/** What cannot be reached, provoked for real, and called by its name. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import type { RsyncSshTransport } from "../../../lib/transports/rsync_ssh/mod.ts";
import { startSshd } from "../../support/sshd.ts";
import { testWith } from "../../support/needs.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { connectTo, transportTo } from "./scene.ts";

async function rejectsWith(code: string, transport: RsyncSshTransport): Promise<void> {
  const startedMs = performance.now();
  await assert.rejects(
    async () => {
      await using _ = await connectTo(transport);
    },
    (error: unknown) => {
      assert.ok(error instanceof TransportError, String(error));
      assert.equal(error.code, code, error.message);
      assert.notEqual(error.hint ?? error.toolTail, "", "neither a hint nor the tool's words");
      return true;
    },
  );
  assert.ok(performance.now() - startedMs < 20_000, "it took too long to say so");
}

testWith(["rsync", "sshd"], "connect says auth for a key nobody knows", async () => {
  await using sshd = await startSshd();
  await rejectsWith("auth", transportTo(sshd, { sshKeyPath: sshd.strangerKeyPath }));
});

testWith(["rsync", "sshd"], "connect says auth for a key that is not there", async () => {
  await using sshd = await startSshd();
  await rejectsWith("auth", transportTo(sshd, { sshKeyPath: `${sshd.keyPath}.gone` }));
});

testWith(["rsync", "sshd"], "connect says unreachable where nobody listens", async () => {
  await using sshd = await startSshd();
  await sshd.kill();
  await rejectsWith("unreachable", transportTo(sshd));
});

testWith(["rsync", "sshd"], "connect says host_key when the host key has changed", async () => {
  await using before = await startSshd();
  await before.kill();
  await using after = await startSshd({ port: before.port });
  await rejectsWith("host_key", transportTo(after, { knownHostsPath: before.knownHostsPath }));
});

testWith(["rsync", "sshd"], "connect says name_resolution for an unknown name", async () => {
  await using sshd = await startSshd();
  await rejectsWith("name_resolution", transportTo(sshd, { sshTarget: "lab@nas.invalid" }));
});

testWith(["sshd"], "connect says missing_tool without rsync on this computer", async () => {
  await using sshd = await startSshd();
  await rejectsWith("missing_tool", transportTo(sshd, { commands: { rsync: "rsync-not-here" } }));
});

testWith(["rsync", "sshd"], "connect says missing_tool without ssh on this computer", async () => {
  await using sshd = await startSshd();
  await rejectsWith("missing_tool", transportTo(sshd, { commands: { ssh: "ssh-not-here" } }));
});

testWith(["rsync", "sshd"], "connect says missing_tool without rsync on the far side", async () => {
  await using bin = await tempDir();
  for (const tool of ["sh", "head", "tr"]) await Deno.symlink(`/bin/${tool}`, bin.join(tool));
  await using sshd = await startSshd({ env: { PATH: bin.path } });
  const transport = transportTo(sshd);
  await rejectsWith("missing_tool", transport);
  await assert.rejects(async () => {
    await using _ = await connectTo(transport);
  }, /missing on 127\.0\.0\.1/);
});

testWith(["rsync", "sshd"], "connect works with a key in a folder with spaces", async () => {
  await using dir = await tempDir();
  await using sshd = await startSshd();
  const keyPath = await dir.write("my own/50% \"k's".replace('"', ""), "");
  await Deno.copyFile(sshd.keyPath, keyPath);
  await Deno.chmod(keyPath, 0o600);
  await using scene = await connectTo(transportTo(sshd, { sshKeyPath: keyPath }));
  await scene.session.check();
  assert.deepEqual(
    await scene.session.getFiles("", ["no-such-file"]),
    new Map([["no-such-file", null]]),
  );
});
