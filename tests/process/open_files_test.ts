/** Who writes, on a computer where a program waits for a share that hangs. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { stuckProgram } from "../support/stuck_program.ts";
import { tempDir } from "../support/temp_dir.ts";

const LIMIT_MS = 60_000;

const WHO_WRITES = `
  import { openForWriting } from ${
  JSON.stringify(new URL("../../lib/process/mod.ts", import.meta.url).href)
};
  console.log(JSON.stringify(openForWriting(Deno.args[0])));
`;

testWith(
  ["fuse", "linux"],
  "openForWriting is answered beside a program that waits for a share that hangs",
  async () => {
    await using dir = await tempDir();
    await dir.write("held.dat", "alpha");
    using _held = await Deno.open(dir.join("held.dat"), { append: true });
    await using share = await oddShare();
    await using _stuck = await stuckProgram(share);
    // Another program asks: what holds its thread cannot be given up.
    const signal = AbortSignal.timeout(LIMIT_MS);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", WHO_WRITES, await Deno.realPath(dir.path)],
      stdin: "null",
      stderr: "inherit",
      signal,
    }).output();
    assert.equal(signal.aborted, false, `there was no answer within ${LIMIT_MS} ms`);
    const { open } = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(open.map(({ pid }: { pid: number }) => pid), [Deno.pid]);
  },
);
