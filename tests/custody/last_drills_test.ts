import assert from "node:assert/strict";
import { lastGoodDrills } from "../../lib/custody/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const line = (more: Record<string, unknown>) =>
  `${JSON.stringify({ at: "2026-11-01T00:00:00.000Z", files: 3, bad: [], ...more })}\tc2ln\n`;

Deno.test("lastGoodDrills gives the last drill of each instrument that found all as it was proven", async () => {
  await using dir = await tempDir();
  assert.deepEqual([...await lastGoodDrills(dir.path)], [], "no drill was ever made");
  await dir.write(
    "drills.tsv",
    line({ equipment: "A" }) +
      line({ equipment: "A", at: "2026-11-08T00:00:00.000Z" }) +
      line({ equipment: "A", at: "2026-11-15T00:00:00.000Z", bad: ["Runs/x"] }) +
      line({ equipment: "B", bad: ["Runs/y"] }) +
      line({ equipment: "C", files: 0 }) +
      "null\tc2ln\nwhat somebody else wrote\n" +
      line({ equipment: "D" }).slice(0, 40),
  );
  assert.deepEqual([...await lastGoodDrills(dir.path)], [
    ["A", Date.parse("2026-11-08T00:00:00.000Z")],
  ]);
});

Deno.test("lastGoodDrills reads no more than the end of a long book", async () => {
  await using dir = await tempDir();
  const old = line({ equipment: "OLD" });
  const many = line({ equipment: "A", sentence: "x".repeat(1_000) }).repeat(2_000);
  await dir.write("drills.tsv", old + many + line({ equipment: "B" }));
  assert.deepEqual([...(await lastGoodDrills(dir.path)).keys()], ["A", "B"]);
});
