/** The schema of `equipment[].transport` and of the staging transport, as written in the file. */
import * as z from "zod";
import { innerPath, localPath } from "./fields.ts";
import { bandwidth } from "./schema_bandwidth.ts";
import { mount } from "./transports/mount.ts";
import { rclone } from "./transports/rclone.ts";
import { rsyncSsh } from "./transports/rsync_ssh.ts";

export const transportSchema = z.discriminatedUnion("type", [
  mount.schema,
  rclone.schema,
  rsyncSsh.schema,
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
