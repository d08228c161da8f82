/**
 * The schema of the whole file as it is written: sections and keys in snake_case, defaults filled
 * in. A mapping that is missing (or empty, as after commenting out its lines) is all defaults.
 */
import * as z from "zod";
import { HOOK_PLACEHOLDERS } from "./config.ts";
import * as d from "./defaults.ts";
import { hours, line, localPath } from "./fields.ts";
import { equipmentSchema } from "./schema_equipment.ts";
import { transportSchema } from "./schema_transport.ts";
import { yieldSchema } from "./schema_yield.ts";

const flag = (byDefault: boolean, text: string) => z.boolean().default(byDefault).describe(text);

const syncSchema = z.strictObject({
  enabled: flag(true, "false: runs are noticed and judged, nothing is sent."),
  max_parallel: z.int().min(1).max(32).default(d.DEFAULT_MAX_PARALLEL)
    .describe("Transfers at a time, one at most an equipment."),
  scan_seconds: z.number().min(0.1).max(d.MAX_SECONDS).default(d.DEFAULT_SCAN_SECONDS)
    .describe("Seconds between two scans for new runs, beside file events."),
  settle_seconds: z.number().min(0).max(d.MAX_SECONDS).default(d.DEFAULT_SETTLE_SECONDS)
    .describe("Seconds a run must stay unchanged after its signal."),
  litter: z.enum(["skip", "send"]).default("skip")
    .describe("What .DS_Store, Thumbs.db, @eaDir and the like do: stay behind, or go as data."),
  retry_attempts: z.number().optional()
    .describe("ExLab-Wizard's; ignored: retries follow the kind of failure."),
}).describe("Noticing and sending runs.");

const verifySchema = z.strictObject({
  min_gap_hours: hours(d.MAX_HOURS).default(d.DEFAULT_MIN_GAP_HOURS)
    .describe("Hours between two verification passes that count; 0: at once."),
  scrub_days: z.number().positive().max(d.MAX_DAYS).default(d.DEFAULT_SCRUB_DAYS)
    .describe("Days until a proven run is read again at the destination."),
  scrub: z.enum(["off", "provider", "full"]).default("full").describe(
    "Reading proven runs again after their passes: not at all, by the provider's own checksums where there are any, or every byte.",
  ),
  scrub_max_gib_per_day: z.number().positive().max(d.MAX_SCRUB_GIB).nullable().default(null)
    .describe("Most that the scrub reads a day, in GiB; null: no limit."),
  max_stream_bytes: z.int().min(0).default(d.DEFAULT_MAX_STREAM_BYTES)
    .describe("Largest file that may be downloaded to be hashed; 0: no limit."),
  repair: flag(false, "Send a damaged far file again from an intact local copy."),
}).describe("Proof of what has arrived.");

const nasCleanupSchema = z.strictObject({
  enabled: flag(false, "Delete local copies that are proven at the destination."),
  common_may_delete: flag(
    false,
    "In a folder of many PCs' files: `enabled` also counts from common.yaml.",
  ),
  min_verify_passes: z.int().min(1).max(100).default(d.DEFAULT_MIN_VERIFY_PASSES)
    .describe("Complete verification passes before a deletion."),
  min_age_hours: hours(d.MAX_HOURS).default(d.DEFAULT_MIN_AGE_HOURS)
    .describe("Hours since the first pass before a deletion; 0: at once."),
  retain_cache: flag(true, "Keep the records (.exlab-wizard) of a deleted run."),
  rehash: flag(true, "Hash each local file once more before it is deleted."),
  allow_same_disk: flag(false, "Delete although the destination is on the same file system."),
  accept_provider_asserted: flag(false, "Trust a storage provider's own SHA-256 for deletion."),
  keep_free_gb: z.number().positive().max(d.MAX_KEEP_FREE_GB).nullable().default(null)
    .describe("Let local copies go only while less than this is free on their disk, in GB (10^9)."),
  keep_free_percent: z.number().positive().max(90).nullable().default(null)
    .describe("The same in percent of the disk."),
}).describe("Letting go of local copies. When missing nothing is ever deleted.");

const restoreSchema = z.strictObject({
  roots: z.array(localPath()).max(100).default([])
    .describe("Folders below which the service may restore runs, beside their own places."),
}).describe("Bringing runs back.");

const recordsSchema = z.strictObject({
  license: z.string().min(1).max(500).nullable().default(null)
    .describe("The terms under which exported runs may be used: a URL, or a sentence."),
}).describe("What is said of the runs.");

const drillSchema = z.strictObject({
  max_gib: z.number().min(0).max(10_000).default(2)
    .describe("Most that the weekly drill brings back to try, in GiB (2^30). 0: no weekly drill."),
}).describe("Bringing random proven files back to see that it works.");

const fleetSchema = z.strictObject({
  heartbeat_seconds: z.number().min(0.1).max(d.MAX_SECONDS).default(d.DEFAULT_HEARTBEAT_SECONDS)
    .describe("Seconds between two heartbeats at each destination."),
}).describe("What this PC tells of itself beside its data, for `labferry fleet` and monitoring.");
const sessionsSchema = z.strictObject({
  bases: z.array(localPath()).max(100).default([])
    .describe("Bases of other equipment, as folders of this PC, where its parts are read."),
}).describe("Acquisitions over several PCs.");

const extension = z.string().regex(/^\.[^./\\\s]+(\.[^./\\\s]+)*$/, 'must look like ".txt"');

const validatorSchema = z.strictObject({
  content_scan_max_mib: z.number().min(0).max(1024).default(d.DEFAULT_CONTENT_SCAN_MAX_MIB)
    .describe("Text files larger than this (MiB) are not searched."),
  content_scan_extensions: z.array(extension).max(256)
    .default([...d.DEFAULT_CONTENT_SCAN_EXTENSIONS])
    .describe("Endings of the files that are searched for template leftovers."),
  symlinks: z.enum(["block", "skip"]).default(d.DEFAULT_SYMLINKS)
    .describe("What a symbolic link does: block the run, or stay behind."),
  windows_names: flag(d.DEFAULT_WINDOWS_NAMES, "Also refuse lone < and > in names."),
  max_path: z.int().min(64).max(32_767).default(d.DEFAULT_MAX_PATH)
    .describe("Longest path, in bytes, that the destination takes."),
}).describe("The gate: names and contents that would make data unusable later.");

const orchestratorSchema = z.strictObject({
  enabled: z.boolean().optional().describe("On when staging_root is set, unless said otherwise."),
  label: line().optional().describe("What people call this station."),
  staging_root: localPath().optional().describe("Folder into which other PCs push their runs."),
  transport: transportSchema.optional()
    .describe("Where runs of equipment that is not configured here go: below it, /<ID>."),
  staging_cleanup: z.strictObject({
    mode: z.enum(["manual", "scheduled"]).default("manual").describe(
      "Who clears the staging area.",
    ),
    retain_hours: hours(d.MAX_HOURS).default(d.DEFAULT_RETAIN_HOURS)
      .describe("With scheduled: hours that a proven run stays."),
  }).prefault({}).describe("Clearing runs that are proven on the NAS."),
}).describe("This PC collects the runs of others in a staging area.");

const statusSchema = z.strictObject({
  listen: z.string().default(d.DEFAULT_LISTEN).refine(
    isLoopback,
    "must be a loopback address (127.0.0.1, ::1 or localhost): the page has no log-in",
  ).describe("Loopback address of the status page."),
  port: z.int().min(0).max(65535).default(d.DEFAULT_PORT)
    .describe("Port of the status page; 0: any free one."),
}).describe("The status page and its API.");

/** True for 127.0.0.0/8, ::1 and localhost: nothing that another machine can reach. */
function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  const parts = host.split(".");
  return parts.length === 4 && parts[0] === "127" &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

const argument = z.string().max(4096).refine(
  (text) => [...text.matchAll(/\{([A-Za-z_]+)\}/g)].every(([, name]) => isPlaceholder(name!)),
  `may only hold the placeholders ${HOOK_PLACEHOLDERS.map((name) => `{${name}}`).join(", ")}`,
);

function isPlaceholder(name: string): boolean {
  return (HOOK_PLACEHOLDERS as readonly string[]).includes(name);
}

const command = z.array(argument).min(1).max(64).refine(
  (args) => args[0] === undefined || (args[0] !== "" && !args[0].includes("{")),
  "must begin with the program to run",
);

const hook = (when: string) =>
  command.optional().describe(`Program and arguments to run when ${when}; no shell.`);

const hooksSchema = z.strictObject({
  on_verified: hook("a run is proven at its destination"),
  on_failed: hook("a run needs attention"),
  on_blocked: hook("the gate holds a run"),
  on_cleaned: hook("a run has no local copy any more"),
  on_destination_down: hook("a destination cannot be used"),
  on_destination_up: hook("a destination can be used again"),
  on_disk_warning: hook("a disk with runs is almost full"),
  on_silence: hook("an instrument has been silent for too long"),
  on_far_damage: hook("a proven run is damaged at its destination"),
  on_heartbeat: hook("a heartbeat is written; {fail} is /fail when a person is needed"),
}).describe("Commands run on events.");

const levels = z.enum(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]);
/** Python's level names, as ExLab-Wizard has them. */
export const LEVELS: readonly string[] = levels.options;

const loggingSchema = z.strictObject({
  level: levels.default("INFO")
    .describe("Least serious message that is written."),
  central_log_max_mb: z.number().min(0.1).max(10_000).default(d.DEFAULT_CENTRAL_LOG_MAX_MB)
    .describe("Size (MB) at which app.log is set aside for a new one."),
  central_log_keep: z.int().min(0).max(100).default(d.DEFAULT_CENTRAL_LOG_KEEP)
    .describe("Old log files that are kept."),
}).describe("The service's log, app.log in the state directory.");

/** Every section but `equipment`, whose entries are judged one by one. */
export const SECTION_SCHEMAS = {
  sync: syncSchema,
  yield: yieldSchema,
  verify: verifySchema,
  nas_cleanup: nasCleanupSchema,
  restore: restoreSchema,
  records: recordsSchema,
  drill: drillSchema,
  fleet: fleetSchema,
  sessions: sessionsSchema,
  validator: validatorSchema,
  orchestrator: orchestratorSchema,
  status: statusSchema,
  hooks: hooksSchema,
  logging: loggingSchema,
} as const;

export type SectionName = keyof typeof SECTION_SCHEMAS;
export type SectionEntries = { [K in SectionName]: z.output<typeof SECTION_SCHEMAS[K]> };

/** Sections of an ExLab-Wizard configuration that are none of ours. */
export const FOREIGN_SECTIONS = ["paths", "lims", "readme", "plugins", "operators"] as const;

/** More instruments than any PC has; a longer list is not a configuration. */
export const MAX_EQUIPMENT = 500;

/** The whole file, for the JSON Schema. */
const fileSchema = z.strictObject({
  equipment: z.array(equipmentSchema).max(MAX_EQUIPMENT).default([])
    .describe("The instruments whose runs this PC holds."),
  sync: syncSchema.prefault({}),
  yield: yieldSchema.prefault({}),
  verify: verifySchema.prefault({}),
  nas_cleanup: nasCleanupSchema.prefault({}),
  restore: restoreSchema.prefault({}),
  records: recordsSchema.prefault({}),
  drill: drillSchema.prefault({}),
  fleet: fleetSchema.prefault({}),
  sessions: sessionsSchema.prefault({}),
  validator: validatorSchema.prefault({}),
  orchestrator: orchestratorSchema.prefault({}),
  status: statusSchema.prefault({}),
  hooks: hooksSchema.prefault({}),
  logging: loggingSchema.prefault({}),
});

/** For editors, as a draft 7 schema: what may stand in the file. */
export function schemaOfFile(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(fileSchema, { io: "input", target: "draft-7" });
}
