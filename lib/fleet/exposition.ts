/**
 * Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), one family at
 * a time: a second HELP or TYPE of a name drops a whole host in silence, a time beside one value skips
 * the whole text. So do two files that explain one name in other words: a text that lies beside others'
 * has no HELP at all.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Family {
  /** Without `labferry_`. */
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Histogram {
  readonly name: string;
  readonly type: "histogram";
  readonly help: string;
  /** Of each of its lines. @default none */
  readonly labels?: Labels;
  /** Upper bounds, ascending, and how many lie in each; the last count is of all beyond. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface ExpositionOptions {
  /** Without it TYPE lines alone. @default true */
  readonly withHelp?: boolean;
}

/** @throws RangeError for a name that stands twice, which no reader takes */
export function exposition(
  families: readonly (Family | Histogram)[],
  { withHelp = true }: ExpositionOptions = {},
): string {
  const names = families.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`the metric ${twice} stands twice`);
  return families.map((family) => familyText(family, withHelp)).join("");
}

function familyText(family: Family | Histogram, withHelp: boolean): string {
  const name = `labferry_${family.name}`;
  const lines = family.type === "histogram"
    ? histogramLines(name, family)
    : family.samples.map((sample) => line(name, sample));
  // A family nobody has a value of says nothing, not even its name.
  if (lines.length === 0) return "";
  const help = family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const helpLines = withHelp ? [`# HELP ${name} ${help}`] : [];
  return [...helpLines, `# TYPE ${name} ${family.type}`, ...lines, ""].join("\n");
}

function histogramLines(name: string, { labels, bounds, counts, sum }: Histogram): string[] {
  let below = 0;
  const buckets = [...bounds.map(String), "+Inf"].map((le, i) => {
    below += counts[i] ?? 0;
    return line(`${name}_bucket`, { labels: { ...labels, le }, value: below });
  });
  return [
    ...buckets,
    line(`${name}_sum`, { ...(labels ? { labels } : {}), value: sum }),
    line(`${name}_count`, { ...(labels ? { labels } : {}), value: below }),
  ];
}

function line(name: string, { labels = {}, value }: Sample): string {
  const inner = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${inner.length > 0 ? `{${inner.join(",")}}` : ""} ${value}`;
}

function escaped(text: string): string {
  // A lone half of a character is no UTF-8, and one of them would make the whole text unreadable.
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
    .replaceAll('"', '\\"');
}
