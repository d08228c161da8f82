/** What is known of a share that hangs is known of no other that is mounted in its place. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ShareSilence } from "../../lib/process/mod.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { startChild } from "../support/child_lines.ts";
import { until } from "../support/until.ts";

const PROGRAM = new URL("../support/odd_share.py", import.meta.url).pathname;
const SHORT_MS = 200;
/** Longer than the test. */
const LONG_MS = 300_000;

testWith(
  ["fuse"],
  "a share that is mounted anew where one hangs is asked, and answers",
  async () => {
    await using share = await oddShare();
    share.hang();
    try {
      assert.equal(await new ShareSilence(SHORT_MS).at(share.path), true);
      await new Deno.Command("fusermount", { args: ["-u", "-z", share.path] }).output();
      const habits = join(share.diskPath, "../habits.json");
      await using _again = startChild("/usr/bin/python3", [
        PROGRAM,
        share.diskPath,
        share.path,
        habits,
      ]);
      await until(() => new ShareSilence(SHORT_MS).isShare(share.path), { what: "the new mount" });
      assert.equal(await new ShareSilence(LONG_MS).at(share.path), false);
      await new Deno.Command("fusermount", { args: ["-u", "-z", share.path] }).output();
    } finally {
      share.on();
    }
  },
);
