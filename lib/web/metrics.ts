/** `/metrics`: how things stand, for somebody else's monitoring. Seconds and bytes; 0 is "never". */
import {
  type EquipmentFacts,
  type MetricFacts,
  type StandingView,
  STATE_WORDS,
  TIME_TO_SAFE_BOUNDS,
} from "../control/mod.ts";
import { exposition, type Family, type Histogram, type Sample } from "../fleet/mod.ts";

export interface MetricsOf {
  readonly status: StandingView;
  readonly version: string;
  /** Of the configuration file as the service read it; left out where nobody says. */
  readonly configSha256?: string;
  /** Null where nobody counts: then what the status says is all there is. */
  readonly facts: MetricFacts | null;
}

export function metricsText(of: MetricsOf): string {
  return exposition(metricFamilies(of));
}

export function metricFamilies(
  { status, version, facts, configSha256 }: MetricsOf,
): (Family | Histogram)[] {
  return [
    gauge(["build_info", "The labferry that runs here."], [{
      labels: {
        version,
        os: Deno.build.os,
        ...(configSha256 ? { config_sha256: configSha256 } : {}),
      },
      value: 1,
    }]),
    ...startFamilies(status),
    ...jobFamilies(status),
    ...placeFamilies(status),
    ...(facts ? factFamilies(facts) : []),
  ];
}

/** A family's name and what it is. */
type Named = readonly [name: string, help: string];

function gauge([name, help]: Named, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

function counter([name, help]: Named, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}

function one(named: Named, value: number): Family {
  return gauge(named, [{ value }]);
}

function startFamilies({ daemon }: StandingView): Family[] {
  if (daemon === null) return [];
  return [
    one(["start_timestamp_seconds", "When the service started."], secondsOf(daemon.started_at)),
  ];
}

const STATES = Object.entries(STATE_WORDS).map(([state, { words }]) => `${state}: ${words}`);

function jobFamilies(status: StandingView): Family[] {
  return [
    gauge(
      ["jobs", `Runs in each state (${STATES.join("; ")}).`],
      Object.entries(status.counts).map(([state, value]) => ({ labels: { state }, value })),
    ),
    one([
      "jobs_not_proven",
      "Of the cleaned runs those that are not safe: their far copy is not proven since.",
    ], status.not_proven),
    one(["jobs_alarmed", "Of the cleaned runs those whose far copy is damaged."], status.alarmed),
    one([
      "jobs_handed_over",
      "Of the verified runs those that are not safe: they are not on the NAS yet.",
    ], status.handed_over),
    one(
      [
        "queue_writable",
        "0 while the queue cannot be written: what came since is in none of these figures.",
      ],
      status.queue_fault === null ? 1 : 0,
    ),
    one(
      ["passes_overdue", "Proven runs whose next comparison has been due for more than a day."],
      status.overdue_passes.runs,
    ),
    one(
      [
        "report_chain_broken",
        "Histories at a destination that were no beginning of those here, in the last 30 days.",
      ],
      status.broken_trails.length,
    ),
  ];
}

function placeFamilies({ destinations, storage, paused, yielding }: StandingView): Family[] {
  const disks = storage.map(({ roots, ...disk }) => ({
    ...disk,
    labels: { root: roots[0] ?? "" },
  }));
  return [
    gauge(
      ["destination_up", "1 while the destination answers and is the one it should be."],
      destinations.map(({ name, state }) => ({
        labels: { destination: name },
        value: state === "down" ? 0 : 1,
      })),
    ),
    gauge(
      ["disk_free_bytes", "Room on the disk that holds the runs below root."],
      disks.map(({ labels, free_bytes }) => ({ labels, value: free_bytes })),
    ),
    gauge(
      ["disk_size_bytes", "Size of the disk that holds the runs below root."],
      disks.map(({ labels, total_bytes }) => ({ labels, value: total_bytes })),
    ),
    gauge([
      "disk_full_timestamp_seconds",
      "When the disk is full if nothing goes; 0 when nothing comes.",
    ], disks.map(({ labels, full_at }) => ({ labels, value: secondsOf(full_at) }))),
    gauge(
      ["deletable_bytes", "Proven local copies on that disk which nobody keeps."],
      disks.map(({ labels, proven_bytes }) => ({ labels, value: proven_bytes })),
    ),
    gauge(
      ["paused", "1 for an equipment (or * for all) whose transfers are paused."],
      paused.map((equipment) => ({ labels: { equipment }, value: 1 })),
    ),
    one(
      ["yielding", "1 while transfers wait for the instrument's own software."],
      yielding?.waits_for ? 1 : 0,
    ),
  ];
}

function factFamilies(
  { runs, equipment, counts, findings, oldestScrubMs, farFreeBytes }: MetricFacts,
): (Family | Histogram)[] {
  return [
    gauge(
      ["runs", "Runs of each equipment in each state."],
      summed(runs, ({ state }) => ({ state })),
    ),
    gauge(
      ["runs_held", "Runs that stand still, by what holds them."],
      summed(runs.filter(({ hold }) => hold !== null), ({ hold }) => ({ hold: hold! })),
    ),
    ...equipmentFamilies(equipment),
    gauge(
      ["destination_free_bytes", "Room at the destination; only of those that are folders here."],
      [...farFreeBytes].map(([destination, value]) => ({ labels: { destination }, value })),
    ),
    counter(
      ["passes_total", "Comparisons that ended since the service started."],
      [...counts.passes.values()].map(({ result, strength, count }) => ({
        labels: { result, strength },
        value: count,
      })),
    ),
    counter(
      ["failures_total", "Failures of runs since the service started, by their code."],
      [...counts.failures].map(([code, value]) => ({ labels: { code }, value })),
    ),
    counter(
      [
        "sent_bytes_total",
        "Files that pushes brought over since the service started, counted when a push is whole.",
      ],
      [...counts.sentBytes].map(([transport, value]) => ({ labels: { transport }, value })),
    ),
    one([
      "oldest_scrub_timestamp_seconds",
      "When the run that is only over there, and was compared longest ago, was compared; 0 for none.",
    ], oldestScrubMs / 1_000),
    counter(["deleted_bytes_total", "Local copies let go since the service started."], [{
      value: counts.deletedBytes,
    }]),
    {
      name: "time_to_safe_seconds",
      type: "histogram",
      help: "From enqueued to first proven, of runs proven since the service started.",
      bounds: TIME_TO_SAFE_BOUNDS,
      counts: counts.timeToSafe,
      sum: counts.timeToSafeSum,
    },
    gauge(
      [
        "gate_findings",
        "What the last audit found: hard findings that no override covers, and soft ones.",
      ],
      findings === null ? [] : [
        { labels: { tier: "hard" }, value: findings.hard },
        { labels: { tier: "soft" }, value: findings.soft },
      ],
    ),
  ];
}

function equipmentFamilies(equipment: readonly EquipmentFacts[]): Family[] {
  const each = (named: Named, value: (facts: EquipmentFacts) => number | null) =>
    gauge(
      named,
      equipment.flatMap((facts) => {
        const found = value(facts);
        if (found === null) return [];
        return [{ labels: { equipment: facts.equipmentId }, value: found }];
      }),
    );
  return [
    each([
      "oldest_unsafe_timestamp_seconds",
      "When the oldest run that is not proven on the NAS was taken, or last written while it is acquired; 0 when all are proven.",
    ], (facts) => facts.oldestUnsafeMs / 1_000),
    each(
      [
        "unsafe_bytes",
        "Data of runs that are not proven on the NAS, those being acquired or handed over included.",
      ],
      (facts) => facts.unsafeBytes,
    ),
    each([
      "oldest_open_timestamp_seconds",
      "When the oldest run that is still being acquired was first seen; 0 for none.",
    ], (facts) => facts.oldestOpenMs / 1_000),
    each([
      "last_run_seen_timestamp_seconds",
      "When something of the equipment last changed or was taken; 0 for never.",
    ], (facts) => facts.lastSeenMs / 1_000),
    each([
      "last_proven_timestamp_seconds",
      "When a run of the equipment was last proven for the first time; 0 for never.",
    ], (facts) => facts.lastProvenMs / 1_000),
    each([
      "expect_every_seconds",
      "How often the equipment delivers at least, where that is configured.",
    ], (facts) => facts.expectEveryHours === null ? null : facts.expectEveryHours * 3_600),
    each([
      "last_drill_timestamp_seconds",
      "When files of the equipment were last brought back to try, and all came as they were proven; 0 for never.",
    ], (facts) => facts.lastDrillMs / 1_000),
    each([
      "far_damaged_files",
      "Files that are damaged or missing over there and not here any more.",
    ], (facts) => facts.farDamagedFiles),
    each([
      "local_damaged_files",
      "Files here with other bytes than were sealed: one for each run, because the work stops at it.",
    ], (facts) => facts.localDamagedFiles),
  ];
}

type Run = MetricFacts["runs"][number];

/** Runs by equipment and whatever else `by` says of them: one sample a combination. */
function summed(runs: readonly Run[], by: (run: Run) => Record<string, string>): Sample[] {
  const found = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const run of runs) {
    const labels = { equipment: run.equipmentId, ...by(run) };
    const key = JSON.stringify(labels);
    const known = found.get(key) ?? { labels, value: 0 };
    found.set(key, { labels, value: known.value + run.runs });
  }
  return [...found.values()];
}

function secondsOf(at: string | null): number {
  return at === null ? 0 : Date.parse(at) / 1_000;
}
