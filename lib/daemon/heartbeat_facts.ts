/** How this computer stands, as its heartbeats say it; no file below a run is named. */
import { VERSION } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { EquipmentFacts, JobView, LocalControl, MetricFacts } from "../control/mod.ts";
import {
  type Family,
  fleetHost,
  type Heartbeat,
  HEARTBEAT_SCHEMA,
  type HeartbeatEquipment,
  type HeartbeatReport,
  type Histogram,
  MOST_NEEDING,
} from "../fleet/mod.ts";
import type { SyncContext } from "../sync/mod.ts";
import { metricFamilies } from "../web/mod.ts";
import type { Installation } from "./installation.ts";

/** What a heartbeat says of the whole computer. */
type HostWide = Omit<
  Heartbeat,
  "seq" | "twice" | "equipment" | "destinations" | "report_heads" | "needs_person"
>;

export interface HostPulse {
  readonly host: HostWide;
  readonly families: readonly (Family | Histogram)[];
  /** By equipment id. */
  readonly equipment: ReadonlyMap<string, HeartbeatEquipment>;
  readonly destinations: Heartbeat["destinations"];
  readonly needs: ReadonlyMap<string, Heartbeat["needs_person"]>;
  readonly reports: ReadonlyMap<string, readonly HeartbeatReport[]>;
}

export interface PulseOf {
  readonly config: Config;
  readonly context: SyncContext;
  readonly control: LocalControl;
  readonly installation: () => Promise<Pick<Installation, "id" | "nonce">>;
  readonly reports: () => Promise<ReadonlyMap<string, readonly HeartbeatReport[]>>;
  readonly startedMs: number;
  readonly configSha256?: string;
}

export async function hostPulse(of: PulseOf): Promise<HostPulse> {
  const { config, context, control, configSha256 } = of;
  const { clock, queue } = context;
  const [facts, installation, reports] = await Promise.all([
    control.metrics.read(),
    of.installation(),
    of.reports(),
  ]);
  const { standing: status } = facts;
  const needs = new Map<string, Heartbeat["needs_person"]>();
  for (const { id } of config.equipment) {
    const { runs } = await control.runs({
      outcome: "attention",
      equipment: id,
      limit: MOST_NEEDING,
    });
    needs.set(id, runs.map(needOf));
  }
  const sha256 = configSha256 === undefined ? {} : { configSha256 };
  const states = new Map(queue.destinations.list().map((one) => [one.name, one]));
  return {
    host: {
      schema: HEARTBEAT_SCHEMA,
      host: fleetHost(context.host),
      state_id: installation.id,
      nonce: installation.nonce,
      version: VERSION,
      os: Deno.build.os,
      written_at: clock.now().toISOString(),
      uptime_s: Math.round((clock.monotonicMs() - of.startedMs) / 1_000),
      config_sha256: configSha256 ?? null,
      disks: status.storage.map((disk) => ({
        root: disk.roots[0] ?? "",
        size: disk.total_bytes,
        free: disk.free_bytes,
        full_at: disk.full_at,
      })),
    },
    families: metricFamilies({ status, version: VERSION, facts, ...sha256 }),
    equipment: new Map(
      facts.equipment.map((one) => [one.equipmentId, equipmentOf(one, facts)] as const),
    ),
    destinations: status.destinations.map(({ name, state, reason }) => ({
      name,
      up: state !== "down",
      since: states.get(name)?.since ?? null,
      reason,
    })),
    needs,
    reports,
  };
}

/** What of it belongs to one base. */
export function heartbeatAt(
  equipmentId: string,
  { pulse, seq, isTwice }: {
    readonly pulse: HostPulse;
    readonly seq: number;
    readonly isTwice: boolean;
  },
): Heartbeat {
  const { schema, host, state_id, nonce, version, os, written_at, ...more } = pulse.host;
  const one = pulse.equipment.get(equipmentId);
  return {
    schema,
    host,
    state_id,
    nonce,
    twice: isTwice,
    version,
    os,
    written_at,
    seq,
    uptime_s: more.uptime_s,
    config_sha256: more.config_sha256,
    equipment: one ? [one] : [],
    destinations: pulse.destinations.filter(({ name }) => name === equipmentId),
    disks: more.disks,
    report_heads: pulse.reports.get(equipmentId) ?? [],
    needs_person: pulse.needs.get(equipmentId) ?? [],
  };
}

function equipmentOf(one: EquipmentFacts, { runs, standing }: MetricFacts): HeartbeatEquipment {
  const own = runs.filter(({ equipmentId }) => equipmentId === one.equipmentId);
  const tallied = (of: (run: MetricFacts["runs"][number]) => string | null) => {
    const counts: Record<string, number> = {};
    for (const run of own) {
      const key = of(run);
      if (key !== null) counts[key] = (counts[key] ?? 0) + run.runs;
    }
    return counts;
  };
  return {
    id: one.equipmentId,
    // The last two are parts of the states: of the cleaned, and of the verified runs.
    counts: { ...tallied(({ state }) => state), ...tallied(({ unproven }) => unproven) },
    held: tallied(({ hold }) => hold),
    unsafe_bytes: one.unsafeBytes,
    oldest_unsafe_at: instantOf(one.oldestUnsafeMs),
    last_seen_at: instantOf(one.lastSeenMs),
    last_proven_at: instantOf(one.lastProvenMs),
    far_damaged_files: one.farDamagedFiles,
    paused: standing.paused.some((scope) => scope === "*" || scope === one.equipmentId),
  };
}

function instantOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}

function needOf({ equipment_id, far_path, alarm, last_error, hold }: JobView) {
  return {
    equipment: equipment_id,
    run: far_path,
    code: alarm?.code ?? last_error?.code ?? hold ?? "unknown",
  };
}
