import assert from "node:assert/strict";
import type { ControlHouse } from "../../lib/control/house.ts";
import { LocalControl } from "../../lib/control/mod.ts";
import { hostPulse } from "../../lib/daemon/heartbeat_facts.ts";
import { openBench } from "../sync/bench.ts";
import { ID } from "./pulse_of.ts";

Deno.test("a heartbeat names handed-over runs beside the states, and they are not safe", async () => {
  await using bench = await openBench({ staged: new Map([["PLATE_01", []]]) });
  const { context, lab: { config } } = bench;
  const house = {
    config,
    ...bench,
    watch: null,
    daemon: () => null,
    dispatcher: {}, // nothing is asked for here
  } as unknown as ControlHouse;
  const plate = async () => {
    const pulse = await hostPulse({
      config,
      context,
      control: new LocalControl(house),
      installation: () => Promise.resolve({ id: ID, nonce: "mark-1" }),
      reports: () => Promise.resolve(new Map()),
      startedMs: 0,
    });
    return pulse.equipment.get("PLATE_01")!;
  };
  const run = await bench.lab.makeRun({ "a.dat": "alpha" });
  bench.enqueue(run);
  await bench.deliver(run);
  const before = await plate();
  assert.deepEqual(before.counts, { verified: 1, handed_over: 1 });
  assert.equal(before.unsafe_bytes, 5);
  assert.notEqual(before.oldest_unsafe_at, null);
  context.queue.timeline.note(bench.job(run).id, { kind: "on_nas" });
  const { counts, unsafe_bytes, oldest_unsafe_at } = await plate();
  assert.deepEqual([counts, unsafe_bytes, oldest_unsafe_at], [{ verified: 1 }, 0, null]);
});
