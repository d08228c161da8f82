/** Who writes, on a computer where a program waits for a share that hangs. */
import assert from "node:assert/strict";
import { openForWritingLately } from "../../lib/process/mod.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { stuckProgram } from "../support/stuck_program.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

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

testWith(
  ["linux"],
  "who writes is asked once for many who want to know it within a moment",
  async () => {
    await using dir = await tempDir();
    const real = await Deno.realPath(dir.path);
    const folders = Array.from({ length: 20 }, (_, i) => `run_${i}`);
    for (const folder of folders) await dir.write(`${folder}/a.dat`, "alpha");
    using _held = await Deno.open(dir.join("run_7/a.dat"), { append: true });
    using _read = await Deno.open(dir.join("run_8/a.dat"));
    const all = () => folders.flatMap((folder) => openForWritingLately(`${real}/${folder}`).open);
    // Somebody else in this process may have asked before the file was opened.
    await until(() => all().length > 0, { what: "the writer to be seen" });
    let looks = 0;
    const readDirSync = Deno.readDirSync;
    Deno.readDirSync = (path) => {
      if (path === "/proc") looks++;
      return readDirSync(path);
    };
    try {
      assert.deepEqual(all(), [{ path: `${real}/run_7/a.dat`, pid: Deno.pid }]);
      assert.ok(looks <= 5, `${looks} looks into all processes for 20 runs`);
    } finally {
      Deno.readDirSync = readDirSync;
    }
  },
);

testWith(["linux"], "what is opened after others were told is seen by who asks later", async () => {
  await using dir = await tempDir();
  const real = await Deno.realPath(dir.path);
  await dir.write("a.dat", "alpha");
  assert.deepEqual(openForWritingLately(real).open, []);
  using _held = await Deno.open(dir.join("a.dat"), { append: true });
  await until(() => openForWritingLately(real).open.length === 1, {
    what: "the writer to be seen",
  });
});
