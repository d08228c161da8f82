/** `type: rclone`: whatever rclone reaches. */
import * as z from "zod";
import type { RcloneSettings } from "../config.ts";
import { isPrintable, line } from "../fields.ts";
import type { KeyPath } from "../problems.ts";
import { bandwidth } from "../schema_bandwidth.ts";
import { joinBelow, type Location, namesIn, type ResolveContext } from "./transport_config.ts";

const schema = z.strictObject({
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

/** The key a person has to change. */
const baseKey: KeyPath = ["transport", "rclone_remote_path"];

function resolve(
  { rclone_remote: remote, rclone_remote_path: remotePath }: z.output<typeof schema>,
  { bandwidth }: ResolveContext,
): RcloneSettings {
  return { type: "rclone", remote, remotePath, bandwidth };
}

function location({ remote, remotePath }: RcloneSettings): Location {
  return { host: `rclone:${remote}`, names: namesIn(remotePath) };
}

function below(settings: RcloneSettings, folder: string): RcloneSettings {
  return { ...settings, remotePath: joinBelow(settings.remotePath, folder) };
}

export const rclone = { schema, resolve, location, below, baseKey };
