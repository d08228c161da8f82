/** The run's files against the list, at both ends of a push. */
import assert from "node:assert/strict";
import { DiskPool } from "../../../lib/disk/mod.ts";
import { checkSourceFiles } from "../../../lib/transports/rclone/source_files.ts";
import { testWith } from "../../support/needs.ts";
import { smallDisk } from "../../support/tmpfs.ts";

testWith(
  ["tmpfs"],
  "checkSourceFiles knows a file dated beyond every calendar again, and tells when it changed",
  async () => {
    // Only some file systems keep such a time.
    await using disk = await smallDisk(256);
    using pool = new DiskPool();
    await Deno.writeTextFile(disk.join("huge"), "x");
    const touch = new Deno.Command("touch", { args: ["-d", "@9000000000000", disk.join("huge")] });
    assert.ok((await touch.output()).success);
    const { mtimeMs, sizeBytes } = await pool.hashFile(disk.join("huge"));
    const check = (sizeBytes: number) =>
      checkSourceFiles(disk.path, {
        files: [{ path: "huge", sizeBytes, mtimeMs }],
        signal: new AbortController().signal,
      });
    await check(sizeBytes);
    await assert.rejects(check(sizeBytes + 1), { code: "source_changed" });
  },
);
