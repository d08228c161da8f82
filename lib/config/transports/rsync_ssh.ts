/** `type: rsync_ssh`: a machine that is reached with ssh keys and has rsync. */
import * as z from "zod";
import type { RsyncSshSettings } from "../config.ts";
import { DEFAULT_SSH_PORT } from "../defaults.ts";
import { line, localPath } from "../fields.ts";
import type { KeyPath } from "../problems.ts";
import { bandwidth } from "../schema_bandwidth.ts";
import { joinBelow, type Location, namesIn, type ResolveContext } from "./transport_config.ts";

const schema = z.strictObject({
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

/** The key a person has to change. */
const baseKey: KeyPath = ["transport", "remote_path"];

function resolve(
  { ssh_target, ssh_key_path, ssh_port, remote_path }: z.output<typeof schema>,
  { pathAt, bandwidth }: ResolveContext,
): RsyncSshSettings {
  return {
    type: "rsync_ssh",
    target: ssh_target,
    keyPath: ssh_key_path === undefined
      ? null
      : pathAt(["transport", "ssh_key_path"], ssh_key_path),
    port: ssh_port,
    remotePath: remote_path,
    bandwidth,
  };
}

function location({ target, port, remotePath }: RsyncSshSettings): Location {
  // Another user of the same host still sees the same folders.
  const host = target.slice(target.lastIndexOf("@") + 1).toLowerCase();
  return { host: `ssh:${host}:${port}`, names: namesIn(remotePath) };
}

function below(settings: RsyncSshSettings, folder: string): RsyncSshSettings {
  return { ...settings, remotePath: joinBelow(settings.remotePath, folder) };
}

export const rsyncSsh = { schema, resolve, location, below, baseKey };
