/** The disk of the temporary files is full while a run comes back: said, with nothing lost of what is back. */
import assert from "node:assert/strict";
import type { TransportType } from "../../lib/transports/mod.ts";
import { assertSameRun } from "../support/far_proof.ts";
import { withoutLab } from "../support/lab_programs.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { dataOf, fromArgs, labWithGoneRun, serverOf, WAYS } from "./gone_run.ts";

for (const [type, tools] of Object.entries(WAYS) as [TransportType, readonly Tool[]][]) {
  testWith(
    ["tmpfs", ...tools],
    `restore --from without room for its own lists says so over ${type}, keeps what is back and goes on`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const gone = await labWithGoneRun();
      stack.use(gone.lab);
      const root = stack.use(await tempDir());
      const scratch = stack.use(await smallDisk(512));
      const sshd = stack.use(await serverOf(type));
      const restore = (...more: string[]) =>
        withoutLab([...fromArgs(gone, { type, sshd }), "--to", root.join("back"), ...more], {
          home: root.path,
          tmpDir: scratch.path,
          ...(sshd ? { knownHosts: sshd.knownHostsPath } : {}),
        });
      const part = await restore("--only", "deep/**");
      assert.equal(part.code, 0, part.stderr);
      const before = await dataOf(root.join("back"));
      assert.equal(before.length, 2);

      await scratch.fill();
      const refused = await restore("--json");
      assert.equal(refused.code, 1, refused.stderr);
      const { error } = JSON.parse(refused.stdout);
      assert.deepEqual([error.code, error.path], ["disk_full", scratch.path]);
      assert.match(error.message, /temporary files .* is full: the manifest, .* are kept there/);
      assert.match(error.hint, /let TMPDIR name a folder .* what is back already stays/);
      assert.deepEqual(await dataOf(root.join("back")), before);

      await Deno.remove(scratch.join("ballast"));
      const all = await restore("--json");
      assert.equal(all.code, 0, all.stderr);
      assert.deepEqual([JSON.parse(all.stdout).files, JSON.parse(all.stdout).already_here.files], [
        2,
        2,
      ]);
      await assertSameRun(root.join("back"), gone.far);
      assert.deepEqual([...Deno.readDirSync(scratch.path)], [], "nothing of ours is left there");
    },
  );
}

testWith(
  ["linux"],
  "restore --from says where no folder for temporary files can be made",
  async () => {
    const gone = await labWithGoneRun();
    await using _lab = gone.lab;
    await using root = await tempDir();
    const args = [...fromArgs(gone, { type: "mount", sshd: null }), "--to", root.join("back")];
    const tmpDir = root.join("not there");
    const { code, stderr } = await withoutLab(args, { home: root.path, tmpDir });
    assert.equal(code, 1, stderr);
    assert.ok(stderr.includes(`No folder for temporary files can be made`), stderr);
    assert.match(stderr, /hint: let TMPDIR name a folder that is there/);
  },
);
