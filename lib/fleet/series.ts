/** The series that one labferry leaves at one base, for the textfile collectors that sites run. */
import { exposition, type Family, type Histogram, type Labels, type Sample } from "./exposition.ts";
import type { Heartbeat } from "./heartbeat.ts";

export interface SeriesOf {
  /** As `/metrics` has them. */
  readonly families: readonly (Family | Histogram)[];
  readonly heartbeat: Pick<Heartbeat, "host" | "state_id" | "written_at" | "seq">;
  /** Whose base it is; null: all of this computer's, for its own collector. */
  readonly at: { readonly equipmentId: string; readonly address: string } | null;
}

/** Labels that say which instrument's (or whose destination's) a series is. */
const OWNERS = ["equipment", "destination"] as const;
const EVERYTHING = "*";

/**
 * Each base gets its own instrument's and destination's series; those of the whole computer stand at
 * each of its bases, told apart by `base`: equal series in two files are an error to a collector. None
 * has `instance` or `job`, which are the scraper's, or a HELP line or a time, which cost the whole file.
 */
export function seriesText({ families, heartbeat, at }: SeriesOf): string {
  const { host, state_id } = heartbeat;
  const whole: Labels = { host, id: state_id.slice(0, 8), ...(at ? { base: at.address } : {}) };
  const own = (sample: Sample): Sample[] => {
    const { labels = {} } = sample;
    const owners = OWNERS.flatMap((name) => labels[name] ?? []);
    if (owners.length === 0 || owners.includes(EVERYTHING)) {
      return [{ ...sample, labels: { ...whole, ...labels } }];
    }
    if (at && !owners.includes(at.equipmentId)) return [];
    return [{ ...sample, labels: { host, ...labels } }];
  };
  const labelled = families.map((family) =>
    family.type === "histogram"
      ? { ...family, labels: { ...whole, ...family.labels } }
      : { ...family, samples: family.samples.flatMap(own) }
  );
  return exposition([...beat(heartbeat, whole), ...labelled], { withHelp: false });
}

function beat(
  { written_at, seq }: Pick<Heartbeat, "written_at" | "seq">,
  labels: Labels,
): Family[] {
  return [
    {
      name: "heartbeat_timestamp_seconds",
      type: "gauge",
      help: "When this was written, by the clock of the computer that wrote it.",
      samples: [{ labels, value: Date.parse(written_at) / 1_000 }],
    },
    {
      name: "heartbeats_total",
      type: "counter",
      help: "Goes up with each heartbeat, whatever the computer's clock does.",
      samples: [{ labels, value: seq }],
    },
  ];
}
