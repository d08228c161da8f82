import assert from "node:assert/strict";
import { pingOf } from "../../lib/daemon/heartbeat_ping.ts";
import { pulseOf } from "./pulse_of.ts";

Deno.test("a ping says all safe only when all is proven on the NAS", () => {
  const pulse = pulseOf(["PLATE_01", "FLOW_01"]);
  assert.equal(pingOf(pulse).message, "all safe");
  const [plate, flow] = [...pulse.equipment.values()] as const;
  const oldest_unsafe_at = "2026-11-26T12:00:00.000Z";
  const counts = { cleaned: 3, not_proven: 1, verified: 2, handed_over: 2 };
  const equipment = new Map([
    ["PLATE_01", { ...plate!, oldest_unsafe_at }],
    ["FLOW_01", { ...flow!, oldest_unsafe_at, counts }],
  ]);
  assert.deepEqual(pingOf({ ...pulse, equipment }), {
    event: "on_heartbeat",
    message:
      "not safe yet: PLATE_01, FLOW_01 (1 run not proven; 2 runs handed over, not on the NAS yet)",
    equipment: "PLATE_01, FLOW_01",
  });
});
