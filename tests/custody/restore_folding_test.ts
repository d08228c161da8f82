/** A run whose names are one on the disk that it comes back to. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { restoreFrom } from "../../lib/custody/mod.ts";
import { createTransport } from "../../lib/daemon/mod.ts";
import { formatChecksum } from "../../lib/records/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";

testWith(
  ["fuse"],
  "restore to a disk that folds names brings one of those that are one there, and names the others",
  async () => {
    await using dir = await tempDir();
    await using share = await oddShare({ foldsCase: true, normalises: true });
    const names = ["Case.dat", "a.dat", "case.dat", "u\u0308.dat", "\u00fc.dat"];
    const lines: string[] = [];
    for (const name of names) {
      const bytes = `bytes of ${name}`;
      await dir.write(`far/Run_1/${name}`, bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      lines.push(`${formatChecksum({ path: name, sha256 })}\n`);
    }
    await dir.write("far/Run_1/.exlab-wizard/checksums.sha256", lines.join(""));
    for (const [files, here] of [[3, 0], [0, 3]]) {
      const scratchDir = dir.join(`scratch ${files}`);
      await Deno.mkdir(scratchDir);
      const brought = await restoreFrom({
        transport: createTransport({ type: "mount", path: dir.join("far") }),
        uuid: null,
        farDir: "Run_1",
        to: `${share.path}/x`,
        only: null,
        downloadMbps: null,
        scratchDir,
        token: "restore-test",
        signal: new AbortController().signal,
      });
      assert.deepEqual([brought.files, brought.alreadyHere.files], [files, here]);
      assert.deepEqual(brought.different.names, ["case.dat", "\u00fc.dat"]);
      assert.deepEqual([brought.damaged.count, brought.missing.count], [0, 0]);
    }
    assert.equal(await Deno.readTextFile(`${share.path}/x/Case.dat`), "bytes of Case.dat");
    const kept = (await filesBelow(`${share.path}/x`)).filter((path) => !path.startsWith("."));
    assert.deepEqual(kept.map((path) => path.normalize("NFC")).sort(), [
      "Case.dat",
      "a.dat",
      "\u00fc.dat",
    ]);
  },
);
