/** The keys with which an equipment says how its runs end, as written in the file. */
import * as z from "zod";
import { patternFault } from "../base/name_pattern.ts";
import { line } from "./fields.ts";
import type { DoneRules, OutcomeRules, RunRules } from "./run_rules.ts";

const MOST = 64;

/** A name or path below the run, with `*`, `**` and `?`. */
function pattern(means = "A name or path below the run."): z.ZodString {
  return line().describe(means).superRefine((text, context) => {
    const fault = patternFault(text);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  });
}

const patterns = () => z.array(pattern()).max(MOST);
const words = () => z.array(line()).min(1).max(MOST);
const oneOrMore = (means: string) =>
  z.union([line(), words()], { error: "must be a text or a list of texts" }).describe(means);
const KEY = "Keys from the outside in, with dots: result.outcome.";
const ELEMENTS = "Elements from the outside in, with slashes: Run/RunStatus.";
const EQUALS = "What it has to say there; one of several.";

export const doneSchema = z.strictObject({
  all: patterns().default([]).describe("All of these have to be there."),
  any: patterns().default([]).describe("One of these has to be there."),
  not_empty: patterns().default([]).describe("Files of these are there, and none is empty."),
  json: z.strictObject({
    file: pattern(),
    key: line().describe(KEY),
    equals: oneOrMore(EQUALS),
  }).optional().describe("A JSON file has to say one of these words."),
  xml: z.strictObject({
    file: pattern(),
    path: line().describe(ELEMENTS),
    equals: oneOrMore(EQUALS),
  }).optional().describe("An XML file has to say one of these words."),
  text: z.strictObject({ file: pattern(), has: oneOrMore("All of these, in any case.") }).optional()
    .describe("A text file has to hold these texts."),
  count_equals: z.strictObject({ a: pattern(), b: pattern() }).optional()
    .describe("As many names of a as of b have to be there; at least one."),
  meta_size: z.strictObject({
    meta: pattern(),
    key: line().describe("Key whose value is the size in bytes."),
    of: z.string().min(1).max(32).regex(/^\.[^/\\]+$/, "must be an ending, as .bin")
      .describe("Ending of the data file beside the meta file."),
    filled: words().optional().describe("Keys that must not be empty."),
  }).optional().describe("Files of key=value lines that say how large the file beside them is."),
}).refine((done) => isSome(done), "must ask for something").describe("What ends a run.");

export const outcomeSchema = z.strictObject({
  json: z.strictObject({ file: pattern(), key: line().describe(KEY) }).optional()
    .describe("A JSON file, and where in it."),
  xml: z.strictObject({ file: pattern(), path: line().describe(ELEMENTS) }).optional()
    .describe("An XML file, and where in it."),
  completed: words().optional().describe("Words that mean completed."),
  failed: words().optional().describe("Words that mean failed."),
  aborted: words().optional().describe("Words that mean aborted."),
}).refine(
  ({ json, xml }) => (json === undefined) !== (xml === undefined),
  "must name one file, as json or as xml",
).describe("Where a run says how it ended.");

/** Days, hours or minutes: `7d`, `12h`, `90m`. */
const span = z.string().regex(
  /^([1-9]\d{0,4}[dhm]|never)$/,
  "must be a number of d, h or m, as 7d, or never",
);

/** Long enough for the pauses of every instrument of the presets, short enough to be told in time. */
const DEFAULT_STALLED = "7d";

/** Fields of an entry of `equipment`. */
export const runRuleFields = {
  preset: line().optional().describe("Keys for an instrument; `labferry preset list` names them."),
  done: doneSchema.optional(),
  forbid: patterns().optional().describe("While one of these is there the run is not over."),
  expect: patterns().optional().describe("Has to be there and not empty, or it is said."),
  ignore: patterns().optional().describe("Stays behind: neither sealed, nor sent, nor deleted."),
  failed: patterns().optional().describe("One of these says that the instrument failed."),
  outcome: outcomeSchema.optional(),
  stalled_after: span.optional().describe(
    `A run unchanged for so long before its end is shown as stalled; ${DEFAULT_STALLED} when missing.`,
  ),
};

type DoneEntry = z.output<typeof doneSchema>;
const ruleEntry = z.object(runRuleFields);
type RuleEntry = z.output<typeof ruleEntry>;

export function resolveDone(done: DoneEntry): DoneRules {
  const { json, xml, text, count_equals: countEquals, meta_size: meta } = done;
  return {
    all: done.all,
    any: done.any,
    notEmpty: done.not_empty,
    json: json
      ? { file: json.file, place: json.key.split("."), equals: [json.equals].flat() }
      : null,
    xml: xml ? { file: xml.file, place: xml.path.split("/"), equals: [xml.equals].flat() } : null,
    text: text ? { file: text.file, has: [text.has].flat() } : null,
    countEquals: countEquals ?? null,
    metaSize: meta ? { ...meta, filled: meta.filled ?? [] } : null,
  };
}

export function resolveRunRules(entry: RuleEntry): RunRules {
  return {
    preset: entry.preset ?? null,
    forbid: entry.forbid ?? [],
    expect: entry.expect ?? [],
    ignore: entry.ignore ?? [],
    failed: entry.failed ?? [],
    outcome: entry.outcome ? resolveOutcome(entry.outcome) : null,
    stalledAfterHours: hoursOf(entry.stalled_after ?? DEFAULT_STALLED),
  };
}

function resolveOutcome(
  { json, xml, ...words }: z.output<typeof outcomeSchema>,
): OutcomeRules {
  const where = json
    ? { format: "json" as const, file: json.file, place: json.key.split(".") }
    : { format: "xml" as const, file: xml!.file, place: xml!.path.split("/") };
  const { completed = [], failed = [], aborted = [] } = words;
  return { ...where, completed, failed, aborted };
}

const HOURS_OF: Readonly<Record<string, number>> = { d: 24, h: 1, m: 1 / 60 };

function hoursOf(text: string): number | null {
  if (text === "never") return null;
  return Number(text.slice(0, -1)) * HOURS_OF[text.at(-1)!]!;
}

function isSome(
  { all, any, not_empty: notEmpty, ...rest }: {
    readonly all: readonly string[];
    readonly any: readonly string[];
    readonly not_empty: readonly string[];
  },
): boolean {
  return all.length + any.length + notEmpty.length > 0 ||
    Object.values(rest).some((rule) => rule !== undefined);
}
