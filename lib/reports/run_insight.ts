/**
 * The insight of one run: what the service knows of it, beside what people made of it. A summary or
 * an importance that a person has changed stays theirs; the service goes on in the metadata.
 */
import { derivedId, encodeUtf8, formatBytes } from "../base/mod.ts";
import { type Hold, type JobState, stageOf } from "../queue/mod.ts";
import { type Citation, type Insight, type Metadata, oursIn } from "./outline.ts";
import { sha256Of } from "./outline_text.ts";
import { type Fact, filesWords, mergeFacts, type Weight } from "./run_facts.ts";
import { visible } from "./wording.ts";

/** A run as the service knows it now. */
export interface RunNow {
  /** `<project>/Runs/<leaf>`: the same after a queue was made anew. */
  readonly layoutPath: string;
  readonly leaf: string;
  readonly state: JobState;
  readonly hold: Hold | null;
  /** Passes of this queue: without one only its record says that it is at the destination. */
  readonly verifyPasses: number;
  /** Proven at an orchestrator's staging area, and not known to be on the NAS. */
  readonly handedOver: boolean;
  readonly destination: string;
  readonly files: number;
  readonly bytes: number;
  readonly lastError: { readonly message: string } | null;
  /** Damage at its far copy when the local one is gone. */
  readonly alarm: object | null;
  /** Of `checksums.sha256` beside the data. */
  readonly checksums: { readonly path: string; readonly sha256: string | null } | null;
  /** Of `cleanup_certificate.json`, once the local copy is gone. */
  readonly certificate: string | null;
  /** Named people's decisions, from the run's record. */
  readonly overrides: readonly Fact[];
}

export function runInsightId(reportId: string, layoutPath: string): string {
  return derivedId(`report ${reportId} run ${layoutPath}`);
}

/**
 * The insight as it should be; `old` itself when nothing is new.
 *
 * @param facts what the run's timeline says, in any order, also what was written before
 */
export function runInsight(
  old: Insight | null,
  { run, facts, id, now }: {
    readonly run: RunNow;
    readonly facts: readonly Fact[];
    readonly id: string;
    readonly now: string;
  },
): Insight {
  const ours = old ? oursIn(old) : {};
  const all = mergeFacts(readFacts(ours["facts"]), [...facts, ...run.overrides]);
  const summary = summaryOf(run, all);
  const importance = importanceOf(run, all);
  const written = digest(summary);
  const personWroteText = old !== null && ours["written"] !== digest(old.summary);
  const personWeighed = old !== null && ours["weighed"] !== old.importance;
  const insight: Insight = {
    ...(old ?? {
      status: "active",
      supporting_queries: [],
      created_at: all[0]?.at ?? now,
    }),
    insight_id: id,
    importance: personWeighed ? old.importance : importance,
    summary: personWroteText ? old.summary : summary,
    citations: citationsOf(run, old?.citations ?? []),
    updated_at: now,
    metadata: {
      ...old?.metadata,
      labferry: {
        ...ours,
        run: run.layoutPath,
        state: run.state,
        proven: stageOf(run).tone === "safe",
        files: run.files,
        bytes: run.bytes,
        facts: all.map(writeFact),
        written: personWroteText ? ours["written"] : written,
        weighed: personWeighed ? ours["weighed"] : importance,
        ...(personWroteText ? { service_summary: summary } : {}),
      },
    },
  } as Insight;
  return old && same(old, insight) ? old : insight;
}

/** A run's section is the month it was first heard of. */
export function monthOf(insight: Insight): string {
  return insight.created_at.slice(0, 7);
}

function summaryOf(run: RunNow, facts: readonly Fact[]): string {
  const amount = run.files > 0 ? `, ${filesWords(run.files)}, ${formatBytes(run.bytes)}` : "";
  const head = `${visible(run.leaf)}: ${stageWords(run)}${amount}`;
  const lines = facts.map(({ at, words }) =>
    `${at.slice(0, 16).replace("T", " ")} UTC: ${visible(words)}`
  );
  return [head, ...lines].join("\n");
}

/** The stage in the vocabulary's words, and where it is safe. */
function stageWords(run: RunNow): string {
  const { words, tone } = stageOf(run);
  const [stage, ...more] = words.split(", ");
  if (tone === "safe") return [`${stage} at ${visible(run.destination)}`, ...more].join(", ");
  return tone === "bad" && run.lastError ? `${words} (${visible(run.lastError.message)})` : words;
}

function importanceOf({ state, alarm }: RunNow, facts: readonly Fact[]): Weight {
  if (state === "failed" || alarm !== null) return 9;
  return facts.some(({ weight }) => weight >= 6) ? 6 : 3;
}

const CHECKSUMS_WORDS = "SHA-256 of every file of the run";
const CERTIFICATE_WORDS = "certificate of the local copy's deletion";

/** Ours are renewed, other people's stay. */
function citationsOf(run: RunNow, old: readonly Citation[]): readonly Citation[] {
  const others = old.filter(({ description }) =>
    description !== CHECKSUMS_WORDS && description !== CERTIFICATE_WORDS
  );
  const before = old.find(({ description }) => description === CHECKSUMS_WORDS);
  const checksums: Citation | undefined = run.checksums
    ? {
      source: "document",
      description: CHECKSUMS_WORDS,
      path: run.checksums.path,
      ...(run.checksums.sha256 ? { response_hash: run.checksums.sha256 } : {}),
    }
    : before;
  return [
    ...(checksums ? [checksums] : []),
    ...(run.certificate
      ? [{ source: "document", description: CERTIFICATE_WORDS, path: run.certificate } as const]
      : []),
    ...others,
  ];
}

/** One line a fact: thousands of runs have tens of thousands of them. */
function writeFact({ at, key, weight, words }: Fact): string {
  return `${at} ${key} ${weight} ${words}`;
}

const FACT = /^(\S+) (\S+) ([369]) (.*)$/s;

function readFacts(value: unknown): Fact[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((line): Fact[] => {
    const found = typeof line === "string" ? FACT.exec(line) : null;
    if (!found) return [];
    const [, at, key, weight, words] = found;
    return [{ at: at!, key: key!, weight: Number(weight) as Weight, words: words! }];
  });
}

function digest(text: string): string {
  return sha256Of(encodeUtf8(text)).slice(0, 16);
}

function same(a: Insight, b: Insight): boolean {
  const bare = ({ updated_at: _, ...rest }: Metadata) => JSON.stringify(rest);
  return bare(a) === bare(b);
}
