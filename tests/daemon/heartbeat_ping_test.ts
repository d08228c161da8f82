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

Deno.test("a ping fails when a person is needed, in one line that says each trouble", () => {
  const pulse = pulseOf(["PLATE_01", "FLOW_01"]);
  const [plate, flow] = [...pulse.equipment.values()] as const;
  const need = { equipment: "PLATE_01", run: "Cortex/Runs/Run_1", code: "hash_mismatch" };
  const up = pulse.destinations[0]!;
  const troubles = [
    [
      { equipment: new Map([["PLATE_01", { ...plate!, far_damaged_files: 2 }], ["F", flow!]]) },
      "PLATE_01: 2 damaged files at the destination",
    ],
    [{ needs: new Map([["PLATE_01", [need]]]) }, "PLATE_01: 1 run needs attention"],
    [
      { destinations: [up, { ...up, name: "FLOW_01", up: false, reason: "no\nroute" }] },
      "FLOW_01: the destination is down (no route)",
    ],
    [
      { destinations: [{ ...up, up: false }], needs: new Map([["FLOW_01", [need, need]]]) },
      "PLATE_01: the destination is down (no reason is known); FLOW_01: 2 runs need attention",
    ],
    // Nobody's instrument here: no ping of ours speaks of it.
    [{ destinations: [{ ...up, name: "OTHER_01", up: false }] }, null],
  ] as const;
  for (const [more, message] of troubles) {
    const ping = pingOf({ ...pulse, ...more });
    assert.equal(ping.fail, message === null ? undefined : "/fail");
    assert.equal(ping.message, message ?? "all safe");
  }
});
