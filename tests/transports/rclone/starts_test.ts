/**
 * How often rclone is started to send, prove and record one small run. Each start is 0.06 s on a local
 * folder and 0.2 s over sftp; before there was one `rclone rcd` a session it took 35 and 54 of them.
 */
import assert from "node:assert/strict";
import { testWith } from "../../support/needs.ts";
import { recordingRclone, sftpSection } from "../../support/rclone_place.ts";
import { startSshd } from "../../support/sshd.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { PROGRAM } from "../../support/program.ts";

const FILES = 20;
/**
 * An rcd for the places here and one for each of three sessions; run and manifest, each
 * copied and hashed.
 */
const CEILING = 8;

for (const type of ["local", "sftp"] as const) {
  testWith(
    type === "local" ? ["rclone"] : ["rclone", "sshd"],
    `one small run takes at most ${CEILING} starts of rclone (${type})`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const dir = stack.use(await tempDir());
      const section = type === "local"
        ? "[nas]\ntype = local\n"
        : sftpSection("nas", stack.use(await startSshd()));
      await dir.write("rclone.conf", section);
      const told = await recordingRclone(dir.path);
      const path = Deno.env.get("PATH");
      const script = `#!/bin/sh\nPATH='${path}' exec '${told.binary}' "$@"\n`;
      await Deno.chmod(await dir.write("bin/rclone", script), 0o755);
      for (let n = 0; n < FILES; n++) {
        await dir.write(`source/${n}.tif`, `picture ${n}\n`.repeat(9));
      }
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...PROGRAM,
          "ship",
          dir.join("source"),
          "--state-dir",
          dir.join("state"),
          "--init-destination",
          "--to",
          `nas:${dir.join("far")}`,
        ],
        env: {
          PATH: `${dir.join("bin")}:${path}`,
          RCLONE_CONFIG: dir.join("rclone.conf"),
        },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const calls = (await told.calls()).map((call) => call[0]);
      assert.ok(calls.length <= CEILING, `${calls.length}: ${calls.join(" ")}`);
    },
  );
}
