/** A share on which make-believe computers have left their heartbeats. */
import { type Heartbeat, HEARTBEAT_SCHEMA, heartbeatBytes } from "../../lib/fleet/mod.ts";

export const NOW = new Date("2026-11-26T12:00:00.000Z");
const HOUR_MS = 3_600_000;

export const ago = (hours: number): string =>
  new Date(NOW.getTime() - hours * HOUR_MS).toISOString();

/** All is well with it; `more` says what is not. */
export function beatOf(
  host: string,
  { equipment: wanted, ...more }: Partial<Omit<Heartbeat, "equipment">> & {
    readonly equipment?: Partial<Heartbeat["equipment"][number]>;
  } = {},
): Heartbeat {
  const id = wanted?.id ?? host.toUpperCase().replaceAll("-", "_");
  return {
    schema: HEARTBEAT_SCHEMA,
    host,
    state_id: `${[...host].reduce((sum, c) => (sum * 31 + c.codePointAt(0)!) >>> 0, 7)}`
      .padStart(8, "0").slice(-8) + "-0000-4000-8000-000000000000",
    nonce: "n",
    twice: false,
    version: "0.4.0",
    os: "linux",
    written_at: ago(0.05),
    seq: 100,
    uptime_s: 3_600,
    config_sha256: null,
    disks: [{ root: "/data", size: 1e12, free: 5e11, full_at: null }],
    report_heads: [],
    needs_person: [],
    destinations: [{ name: id, up: true, since: null, reason: null }],
    equipment: [{
      id,
      counts: { verified: 12 },
      held: {},
      unsafe_bytes: 0,
      oldest_unsafe_at: null,
      last_seen_at: ago(2),
      last_proven_at: ago(1),
      far_damaged_files: 0,
      paused: false,
      ...wanted,
    }],
    ...more,
  };
}

export const stemOf = ({ host, state_id }: Heartbeat): string => `${host}-${state_id.slice(0, 8)}`;

/** Written as its service would; the file's own time is the share's. */
export async function leave(base: string, beat: Heartbeat, changedAt = ago(0.05)): Promise<string> {
  const path = `${base}/.labferry-fleet/${stemOf(beat)}.json`;
  await Deno.mkdir(`${base}/.labferry-fleet`, { recursive: true });
  await Deno.writeFile(path, heartbeatBytes(beat));
  await Deno.utime(path, new Date(changedAt), new Date(changedAt));
  return path;
}
