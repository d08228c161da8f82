/** The schema of one entry of `equipment`, as written in the file. */
import * as z from "zod";
import { parseInstant } from "../base/mod.ts";
import { patternFault as namePatternFault } from "../base/name_pattern.ts";
import { DEFAULT_QUIET_MINUTES, MAX_HOURS } from "./defaults.ts";
import { innerPath, innerPathOrEmpty, line, localPath, segment } from "./fields.ts";
import { runRuleFields } from "./schema_run_rules.ts";
import { stagingTransportSchema, transportSchema } from "./schema_transport.ts";

const sentinelNames = z.union([innerPathOrEmpty(), z.array(innerPath()).min(1).max(32)], {
  error: "must be a file name or a list of file names",
});

/** What a part of a folder's name may say. */
const NAME_PARTS = ["project", "operator"];

const projectPattern = z.strictObject({
  pattern: line().superRefine((pattern, context) => {
    const fault = patternFault(pattern);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  }).describe("Regular expression on the folder's name, with a part (?<project>…)."),
});

function patternFault(
  pattern: string,
  { needs = "project", knows = NAME_PARTS }: {
    readonly needs?: string;
    readonly knows?: readonly string[];
  } = {},
): string | null {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `must be a regular expression (${error.message})`;
  }
  const parts = [...pattern.matchAll(/\(\?<([^=!>][^>]*)>/g)].map(([, name]) => name!);
  const odd = parts.find((name) => !knows.includes(name));
  if (odd !== undefined) {
    const what = knows.length === 1 ? "part" : "parts";
    return `knows the ${what} ${knows.join(" and ")}, not ${odd}`;
  }
  return parts.includes(needs) ? null : `must have a part (?<${needs}>…)`;
}

const fileRunSchema = z.strictObject({
  kind: z.enum(["folder", "files"]).default("folder")
    .describe("folder: each sub-folder is a run. files: the files of one group are."),
  match: line().default("*").superRefine((text, context) => {
    const fault = text.includes("/") ? "must be a name, not a path" : namePatternFault(text);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  }).describe("With files: which names are data, as *.raw."),
  group: line().default("stem").superRefine((group, context) => {
    const fault = groupFault(group);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  }).describe("With files: stem, prefix, or a regular expression with one group."),
  beside: line().regex(/^[^*?/\\]*\*[^*?/\\]*$/, "must be a name with one * for the stem, as _*_")
    .refine((text) => text !== "*", "must be more than a *").optional()
    .describe("With files: the folder beside them that belongs to them, as _*_."),
}).describe("What one run is in a watched folder.");

function groupFault(group: string): string | null {
  if (group === "stem" || group === "prefix") return null;
  try {
    const groups = new RegExp(`${group}|`, "u").exec("")!.length - 1;
    return groups === 1 ? null : "must be stem, prefix, or a regular expression with one group";
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `must be stem, prefix, or a regular expression (${error.message})`;
  }
}

const existingSchema = z.union([
  z.enum(["all", "new_only"]),
  z.strictObject({
    since: line().refine(
      (text) => sinceMs(text) !== null,
      "must be a day (2026-01-01), or an instant with its zone (2026-01-01T08:00:00Z)",
    ).describe("A day of this computer's calendar, or an instant with its zone."),
  }),
], { error: "must be all, new_only, or { since: 2026-01-01 }" });

/** Milliseconds since 1970; null for what is no day and no instant. */
export function sinceMs(text: string): number | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (day === null) return parseInstant(text)?.getTime() ?? null;
  const [year, month, date] = day.slice(1).map(Number) as [number, number, number];
  const midnight = new Date(year, month - 1, date);
  return midnight.getMonth() === month - 1 && midnight.getDate() === date
    ? midnight.getTime()
    : null;
}

const intakeSchema = z.strictObject({
  watch: z.array(localPath()).min(1).max(64)
    .describe("Folders of the instrument software whose new sub-folders become runs."),
  project: z.union([segment(), projectPattern], {
    error: "must be a project's name, or { pattern: … }",
  }).describe("Project to which those runs belong, or how their names say it."),
  run: fileRunSchema.optional(),
  mode: z.enum(["adopt", "move"]).default("adopt").describe(
    "adopt: runs get their records where they are. move: into the layout, when complete.",
  ),
  existing: existingSchema.default("all")
    .describe("What lies there at the first start: all, new_only, or what changed since a day."),
}).describe("Folders outside the layout that are watched for new runs.");

const sessionPattern = z.strictObject({
  pattern: line().superRefine((pattern, context) => {
    const fault = patternFault(pattern, { needs: "session", knows: ["session"] });
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  }).describe("Regular expression on a run's name, with a part (?<session>…)."),
});

const equipmentId = z.string().max(32).regex(
  /^[A-Z][A-Z0-9_]*$/,
  "must begin with a capital letter and hold only capital letters, digits and _",
);

const sessionSchema = z.strictObject({
  id: z.union([line(), sessionPattern], {
    error: "must be a session's name, or { pattern: … }",
  }).describe("Session of all its runs, or how their names say it."),
  parts: z.array(equipmentId).min(2).max(64)
    .describe("Equipment, here and on other PCs, that makes a session complete."),
}).describe("One acquisition over several PCs.");

export const equipmentSchema = z.strictObject({
  id: equipmentId.describe("Name of the equipment in every path and record; it can never change."),
  label: line().optional().describe("What people call it; the id when missing."),
  local_root: localPath()
    .describe("Folder below which <id>/<project>/Runs and TestRuns hold the runs."),
  nas_root: line().describe("The NAS as people know it; with transport mount the destination."),
  completeness_signal: z.enum(["sentinel_file", "manifest", "quiet_period", "manual", "done"])
    .describe("What says that an acquisition is over; done when `done` or a preset says it."),
  sentinel_filename: sentinelNames.optional()
    .describe("With sentinel_file: the file, or the list of files, that must all exist."),
  manifest_filename: innerPathOrEmpty().optional()
    .describe("With manifest: the JSON file that lists the run's files and sizes."),
  quiet_minutes: z.number().min(0).max(10_080).optional()
    .describe(
      `Minutes without any change: with quiet_period ${DEFAULT_QUIET_MINUTES}, with done 0 when missing.`,
    ),
  intake: intakeSchema.optional(),
  pull_anchor: innerPath().optional().describe(
    "local_root is the share of another PC: a file or folder on it that must be there.",
  ),
  pull_address: line().optional()
    .describe("The share as the table of mounts names it; the first that is seen when missing."),
  pull_may_delete: z.boolean().optional()
    .describe("With pull_anchor: local copies that may go are deleted on the share."),
  ...runRuleFields,
  session: sessionSchema.optional(),
  origin: z.array(z.enum(["minknow", "spikeglx", "sidecars"])).max(3).default([])
    .describe("Which files state hashes of the others: they are compared with what is read here."),
  head_start: z.boolean().default(false)
    .describe("Send settled files of a run that is still being acquired; they count for nothing."),
  expect_every_hours: z.number().positive().max(MAX_HOURS).optional()
    .describe("A run is expected at least so often; without one on_silence is told."),
  sync_mode: z.enum(["nas", "stage"]).default("nas")
    .describe("nas: to the NAS. stage: to an orchestrator's staging area."),
  transport: transportSchema.optional(),
  orchestrator_staging_transport: stagingTransportSchema.optional(),
}).describe("One instrument.");

export type EquipmentEntry = z.output<typeof equipmentSchema>;
