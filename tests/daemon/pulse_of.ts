/** How a computer of two instruments might stand, for the heartbeat's tests. */
import type { HostPulse } from "../../lib/daemon/heartbeat_facts.ts";
import { HEARTBEAT_SCHEMA } from "../../lib/fleet/mod.ts";

export const ID = "1c9d22e0-5b0f-4c7e-9d0a-3f8b7a6c5d4e";

export function pulseOf(equipment: readonly string[], nonce = "mark-1"): HostPulse {
  return {
    host: {
      schema: HEARTBEAT_SCHEMA,
      host: "flow-pc",
      state_id: ID,
      nonce,
      version: "1.2.3",
      os: "linux",
      written_at: "2026-11-26T12:00:00.000Z",
      uptime_s: 10,
      config_sha256: "ab",
      disks: [{ root: "/data", size: 100, free: 40, full_at: null }],
    },
    families: [
      { name: "start_timestamp_seconds", type: "gauge", help: "A.", samples: [{ value: 1 }] },
      {
        name: "unsafe_bytes",
        type: "gauge",
        help: "B.",
        samples: equipment.map((id) => ({ labels: { equipment: id }, value: 7 })),
      },
    ],
    equipment: new Map(equipment.map((id) => [id, {
      id,
      counts: { verified: 2 },
      held: {},
      unsafe_bytes: 7,
      oldest_unsafe_at: null,
      last_seen_at: null,
      last_proven_at: null,
      far_damaged_files: 0,
      paused: false,
    }])),
    destinations: equipment.map((name) => ({ name, up: true, since: null, reason: null })),
    needs: new Map(),
    reports: new Map(),
  };
}
