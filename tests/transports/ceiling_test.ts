/** A ceiling is never exceeded by rounding, and no tool takes it for "no limit". */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesPerSecond, rcloneBwlimit, rsyncBwlimit } from "../../lib/transports/ceiling.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const ceilings = fc.double({ min: 0.01, max: 1e6, noNaN: true });

Deno.test("bytesPerSecond never exceeds the ceiling and wastes less than one byte", () => {
  fc.assert(fc.property(ceilings, (mbps) => {
    const bytes = bytesPerSecond(mbps);
    assert.ok(Number.isSafeInteger(bytes) && bytes >= 1);
    assert.ok(bytes * 8 / 1e6 <= mbps);
    assert.ok((bytes + 1.001) * 8 / 1e6 > mbps);
  }));
  assert.equal(bytesPerSecond(50), 6_250_000);
  assert.equal(bytesPerSecond(0.01), 1250);
  assert.equal(bytesPerSecond(1 / 3), 41_666);
});

Deno.test("rsyncBwlimit never exceeds the ceiling and is never rsync's 0, which is no limit", () => {
  fc.assert(fc.property(ceilings, (mbps) => {
    const kib = Number(rsyncBwlimit(mbps));
    assert.ok(Number.isInteger(kib) && kib >= 1);
    assert.ok(kib * 1024 * 8 / 1e6 <= mbps);
    assert.ok((kib + 1) * 1024 * 8 / 1e6 > mbps);
  }));
  assert.equal(rsyncBwlimit(50), "6103");
});

for (const mbps of [0, -1, 0.009, NaN, Infinity]) {
  Deno.test(`bytesPerSecond refuses ${mbps}: no tool may take it for "no limit"`, () => {
    for (const convert of [bytesPerSecond, rsyncBwlimit, rcloneBwlimit]) {
      assert.throws(() => convert(mbps), RangeError);
    }
  });
}

testWith(["rclone"], "rclone reads a ceiling with the suffix B as bytes per second", async () => {
  await using dir = await tempDir();
  await dir.write("from/file", "x");
  const bwlimit = `--bwlimit=${rcloneBwlimit(0.008 * 2)}`;
  const { stderr } = await new Deno.Command("rclone", {
    args: ["copy", dir.join("from"), dir.join("to"), "-vv", bwlimit],
    env: { RCLONE_CONFIG: dir.join("rclone.conf") },
  }).output();
  assert.match(new TextDecoder().decode(stderr), /limiter at 1\.953Ki Byte\/s/);
});
