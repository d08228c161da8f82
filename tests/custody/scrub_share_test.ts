import assert from "node:assert/strict";
import { ScrubShare } from "../../lib/custody/scrub_share.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { tempDir } from "../support/temp_dir.ts";

const GIB = 1024 ** 3;

Deno.test("ScrubShare lets so much be read a day, a run that is larger alone, and a restart gives no more", async () => {
  await using dir = await tempDir("labferry-share-");
  const clock = new HandClock("2026-04-17T08:00:00.000Z");
  using queue = Queue.open(dir.join("queue.db"), { clock });
  const share = () => new ScrubShare({ queue, clock, maxGibPerDay: 2 });
  assert.ok(share().allows(5 * GIB), "else it would never be read again");
  share().take(1 * GIB);
  assert.ok(share().allows(1 * GIB));
  assert.ok(!share().allows(1 * GIB + 1));
  assert.equal(share().nextAt().toISOString(), "2026-04-18T00:00:00.000Z");
  clock.turn(16 * 3_600_000);
  assert.ok(share().allows(2 * GIB), "another day");
  share().take(5 * GIB);
  assert.ok(!share().allows(1));
  const limitless = new ScrubShare({ queue, clock, maxGibPerDay: null });
  assert.ok(limitless.allows(1000 * GIB));
});
