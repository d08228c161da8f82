/** Accounts that are not what they should be, and what a person is told. */
import assert from "node:assert/strict";
import { TransportError } from "../../../lib/transports/failure.ts";
import type { SshdOptions } from "../../support/sshd.ts";
import { startSshd } from "../../support/sshd.ts";
import { testWith } from "../../support/needs.ts";
import { connectTo, openScene, transportTo } from "./scene.ts";

/** Whatever comes first of connecting and looking. */
async function failureWith(options: SshdOptions): Promise<TransportError> {
  await using sshd = await startSshd(options);
  try {
    await using scene = await connectTo(transportTo(sshd));
    await scene.session.check();
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    return error;
  }
  return assert.fail("it worked");
}

testWith(
  ["rsync", "sshd"],
  "a start-up file that prints is named with what it prints",
  async () => {
    const error = await failureWith({
      forceCommand: 'echo "Welcome to NAS"; eval "$SSH_ORIGINAL_COMMAND"',
    });
    assert.equal(error.code, "auth");
    assert.match(error.message, /prints text before every command: "Welcome to NAS"/);
    assert.match(error.hint ?? "", /start-up files/);
  },
);

testWith(
  ["rsync", "sshd", "linux"],
  "an account that may not log in is called closed",
  async () => {
    const error = await failureWith({ forceCommand: "/usr/sbin/nologin" });
    assert.equal(error.code, "auth");
    assert.match(error.message, /closed: This account is currently not available/);
    assert.match(error.hint ?? "", /shell/);
  },
);

testWith(["rsync", "sshd"], "an account for sftp alone is no old rsync", async () => {
  for (const forceCommand of ["internal-sftp", "echo sftp connections only; exit 1"]) {
    const error = await failureWith({ forceCommand });
    assert.equal(error.code, "auth", `${error.message}\n${error.toolTail}`);
    assert.match(error.message, /runs no rsync there/);
    assert.match(error.hint ?? "", /rclone/);
  }
});

testWith(
  ["rsync", "sshd"],
  "setAside does without xargs -0, and finds folders all the same",
  async () => {
    // An xargs without -0, as on old systems.
    await using scene = await openScene({
      sshd: (root) => {
        Deno.mkdirSync(`${root}/bin`);
        Deno.writeTextFileSync(`${root}/bin/xargs`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
        return { env: { PATH: `${root}/bin:${Deno.env.get("PATH")}` } };
      },
    });
    await scene.push([await scene.write("a.dat", "A"), await scene.write("it's/b.dat", "B")]);
    const moved = await scene.session.setAside("run", ["a.dat", "none", "it's"], "aside/1");
    assert.deepEqual(moved, ["a.dat", "it's"]);
    assert.equal(await Deno.readTextFile(`${scene.basePath}/aside/1/it's/b.dat`), "B");
  },
);
