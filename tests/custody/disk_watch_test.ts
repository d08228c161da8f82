import assert from "node:assert/strict";
import { DiskWatch, shortestStayMs } from "../../lib/custody/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

Deno.test("DiskWatch warns once of a disk that will be full within a day, and again after it was calm", async () => {
  await using dir = await tempDir("labferry-disk-");
  const clock = new HandClock();
  const told: string[] = [];
  let sealedBytes = Number.MAX_SAFE_INTEGER;
  let rounds = 0;
  const storage = { of: () => (rounds++, { sealedBytes, sinceMs: 0, provenBytes: 0 }) };
  const watch = new DiskWatch({
    clock,
    log: () => {},
    queue: { storage } as never,
    roots: () => new Map([["SEQ_01", dir.path], ["AWAY_01", dir.join("unplugged")]]),
    now: () => clock.now(),
    staysMs: null,
    onWarning: ({ equipment }, message) => told.push(`${equipment.join()} ${message}`),
  });
  watch.start();
  const round = async () => {
    await until(() => clock.asleep === 1, { what: "its rest" });
    const before = rounds;
    clock.turn(6 * 60_000);
    await until(() => rounds > before && clock.asleep === 1, { what: "a round" });
  };
  await round();
  await round();
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^SEQ_01 the disk of .* is almost full: .* are free, and it is full at/);
  assert.equal(watch.disks.length, 1, "a root that is away is no disk");
  sealedBytes = 0;
  await round();
  assert.equal(watch.disks[0]!.warning, null);
  sealedBytes = Number.MAX_SAFE_INTEGER;
  await round();
  assert.equal(told.length, 2);
  await watch.stop();
});

Deno.test("shortestStayMs is the longer of age and gaps, and nothing where nothing is let go", () => {
  const policy = {
    enabled: true,
    minVerifyPasses: 3,
    minGapHours: 12,
    minAgeHours: 20,
    rehash: true,
    allowSameDisk: false,
    acceptProviderAsserted: false,
  };
  assert.equal(shortestStayMs(policy), 24 * 3_600_000);
  assert.equal(shortestStayMs({ ...policy, minAgeHours: 100 }), 100 * 3_600_000);
  assert.equal(shortestStayMs({ ...policy, enabled: false }), null);
});
