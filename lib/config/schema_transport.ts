/** The schema of `equipment[].transport` and of the staging transport, as written in the file. */
import { z } from "zod";
import { WEEKDAYS } from "./config.ts";
import { DEFAULT_SSH_PORT, MIN_UPLOAD_MBPS } from "./defaults.ts";
import { innerPath, isPrintable, line, localPath } from "./fields.ts";

const clockTime = (end: boolean) =>
  z.string().regex(
    end ? /^(([01]?\d|2[0-3]):[0-5]\d|24:00)$/ : /^([01]?\d|2[0-3]):[0-5]\d$/,
    `must be a time of day in quotes, like ${end ? '"18:00" (or "24:00")' : '"08:00"'}`,
  );

const windowSchema = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).default([...WEEKDAYS])
    .describe("Days on which the window begins; every day when missing."),
  from: clockTime(false).describe('Local time at which the ceiling begins to hold, e.g. "08:00".'),
  to: clockTime(true).describe(
    "Local time at which it ends; earlier than `from`: on the next day.",
  ),
}).refine((w) => minuteOf(w.from) !== minuteOf(w.to), {
  path: ["to"],
  error: 'must differ from `from`; for the whole day write from "00:00" to "24:00"',
});

/** Minutes after midnight of `8:30`. */
export function minuteOf(time: string): number {
  const [hour, minute] = time.split(":").map(Number);
  return hour! * 60 + minute!;
}

export const bandwidthSchema = z.strictObject({
  upload_mbps: z.number().min(0).max(1_000_000).refine(
    (mbps) => mbps === 0 || mbps >= MIN_UPLOAD_MBPS,
    `must be 0 (pause) or at least ${MIN_UPLOAD_MBPS}`,
  ).nullable().default(null).describe(
    "Ceiling in megabits (10^6 bits) per second. 0 pauses; null or missing is no limit.",
  ),
  schedule: z.array(windowSchema).max(100).default([])
    .describe("When the ceiling holds; outside there is no limit. Empty or missing: always."),
});

const bandwidth = bandwidthSchema.prefault({}).describe("How fast runs may be sent.");

const mountSchema = z.strictObject({
  type: z.literal("mount"),
  path: localPath().optional()
    .describe("Folder of the mounted share that is the destination; `nas_root` when missing."),
  bandwidth,
});

const rcloneSchema = z.strictObject({
  type: z.literal("rclone"),
  rclone_remote: line().regex(
    /^[A-Za-z0-9_.+@][A-Za-z0-9_.+@ -]*$/,
    "must be the name of a remote made with `rclone config`, without a colon",
  ).describe("Name of a remote of the rclone configuration, without the colon."),
  rclone_remote_path: z.string().max(1024).refine(
    (path) => !path.split("/").includes("..") && isPrintable(path),
    "must not hold .. or control characters",
  ).describe("Folder on that remote that is the destination."),
  bandwidth,
});

const rsyncSshSchema = z.strictObject({
  type: z.literal("rsync_ssh"),
  ssh_target: line().regex(
    // Neither part may begin with `-`: ssh would take it for an option.
    /^([A-Za-z0-9_.+\\][A-Za-z0-9_.+\\-]*@)?(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.][A-Za-z0-9_.-]*)$/,
    "must be user@host or a host of the ssh configuration",
  )
    .describe("user@host, or a host of the ssh configuration."),
  ssh_key_path: localPath().optional()
    .describe("Private key; when missing, what the ssh configuration names."),
  ssh_port: z.int().min(1).max(65535).default(DEFAULT_SSH_PORT).describe("Port of the ssh server."),
  remote_path: line().regex(/^\//, "must be an absolute path on the far machine").refine(
    (path) => !path.split("/").includes(".."),
    "must not hold ..",
  ).describe("Absolute folder on the far machine that is the destination."),
  bandwidth,
});

export const transportSchema = z.discriminatedUnion("type", [
  mountSchema,
  rcloneSchema,
  rsyncSshSchema,
]).describe("How runs travel: mount, rclone or rsync_ssh.");

export const stagingTransportSchema = z.strictObject({
  type: z.enum(["smb_mount", "file_transfer", "mount"]).default("smb_mount")
    .describe("How the staging area is reached; labferry needs it mounted in each case."),
  mount_point: localPath().describe("Where the orchestrator's staging area is mounted here."),
  staging_subpath: innerPath().optional()
    .describe("This equipment's folder in the staging area; its id when missing."),
  bandwidth,
}).describe("With sync_mode stage: the orchestrator's staging area.");

export type TransportEntry = z.output<typeof transportSchema>;
export type BandwidthEntry = z.output<typeof bandwidthSchema>;
