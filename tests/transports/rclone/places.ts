/** Three kinds of real places over one folder of this machine, `<dir>/base`, and how to reach each. */
import type { FarSession } from "../../../lib/transports/contract.ts";
import { RcloneTransport } from "../../../lib/transports/rclone/mod.ts";
import type { Tool } from "../../support/needs.ts";
import { RCLONE, sftpSection } from "../../support/rclone_place.ts";
import { startSshd } from "../../support/sshd.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { startWebdav } from "../../support/webdav.ts";

export interface RclonePlace {
  readonly name: "local" | "sftp" | "webdav";
  readonly tools: readonly Tool[];
  /** Makes the base and connects; disposing ends the server too. */
  open(dir: TempDir, options?: { readonly binary?: string }): Promise<FarSession>;
}

export const PLACES: readonly RclonePlace[] = [
  {
    name: "local",
    tools: ["rclone"],
    open: (dir, options) => connect(dir, { section: "[nas]\ntype = local\n", ...options }),
  },
  {
    name: "sftp",
    tools: ["rclone", "sshd"],
    async open(dir, options) {
      const server = await startSshd();
      return await connect(dir, { section: sftpSection("nas", server), server, ...options });
    },
  },
  {
    name: "webdav",
    tools: ["rclone"],
    async open(dir, options) {
      await Deno.mkdir(dir.join("base"), { recursive: true });
      const server = await startWebdav(dir.join("base"));
      return await connect(dir, { section: server.section("nas"), server, path: "", ...options });
    },
  },
];

/** A session of a remote `nas` that takes its server with it. */
export async function connect(
  dir: TempDir,
  { section, server, path = dir.join("base"), binary = RCLONE }: {
    section: string;
    server?: AsyncDisposable;
    path?: string;
    binary?: string;
  },
): Promise<FarSession> {
  await using stack = new AsyncDisposableStack();
  if (server) stack.use(server);
  await Deno.mkdir(dir.join("base"), { recursive: true });
  await Deno.mkdir(dir.join("scratch"), { recursive: true });
  const transport = new RcloneTransport({
    remote: "nas",
    remotePath: path,
    configFile: await dir.write("rclone.conf", section),
    binary,
  });
  const session = await transport.connect({
    signal: new AbortController().signal,
    token: "test:rclone",
    scratchDir: dir.join("scratch"),
  });
  const open = stack.move();
  const close = session[Symbol.asyncDispose].bind(session);
  return Object.assign(session, {
    async [Symbol.asyncDispose]() {
      await close();
      await open.disposeAsync();
    },
  });
}

/**
 * The path of an rclone that does without these features: a real backend that has less. The setting
 * is that program's own; in this process's environment every test beside this one would have it.
 */
export async function without(dir: TempDir, features: string): Promise<string> {
  const script = `#!/bin/sh\nRCLONE_DISABLE='${features}' exec '${RCLONE}' "$@"\n`;
  const binary = await dir.write("rclone-without", script);
  await Deno.chmod(binary, 0o755);
  return binary;
}
