/** The folder files come back to: what is said where it cannot be one, and what of ours stays in it. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { requireRoom, targetElsewhere } from "../../lib/custody/restore_target.ts";
import { tempDir } from "../support/temp_dir.ts";

const PIB = 2 ** 50;

Deno.test("a file is no folder to restore to, nor is what lies in one", async () => {
  await using dir = await tempDir("labferry-target-");
  const file = await dir.write("back", "data");
  for (const path of [file, `${file}/deeper/still`]) {
    await assert.rejects(
      targetElsewhere(path),
      (error: unknown) => {
        assert.ok(error instanceof LabferryError);
        assert.deepEqual([error.code, error.path], ["not_a_folder", path]);
        assert.match(error.message, /is a file$/);
        assert.match(error.hint ?? "", /^name a folder with --to/);
        return true;
      },
    );
  }
  assert.equal(await Deno.readTextFile(file), "data");
});

Deno.test("where there is no room nothing of ours stays, and what was staged does", async () => {
  await using dir = await tempDir("labferry-target-");
  const signal = AbortSignal.timeout(60_000);
  const refused = async () => {
    using target = await targetElsewhere(dir.path);
    const files = [{ path: "a.dat", sizeBytes: PIB }];
    await assert.rejects(
      requireRoom(target, { files, signal }),
      (error: unknown) => error instanceof LabferryError && error.code === "disk_full",
    );
    return target.stageDir;
  };
  const stageDir = await refused();
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  await Deno.mkdir(stageDir);
  await Deno.writeTextFile(`${stageDir}/b.dat`, "came before");
  await refused();
  assert.equal(await Deno.readTextFile(`${stageDir}/b.dat`), "came before");
});
