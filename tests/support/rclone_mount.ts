/**
 * What a remote holds, as a folder of this machine (`rclone mount`): the way to look at, and to damage,
 * what is kept there in a form of its own, as by an object store or under crypt. Nothing is cached.
 */
import { signalChild } from "./processes.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

export interface MountedRemote extends AsyncDisposable {
  readonly folder: string;
  /** Mounts anew: rclone goes on believing in what was written through a mount. */
  again(): Promise<void>;
}

export async function mountRemote(
  remote: string,
  { binary, configFile }: { readonly binary: string; readonly configFile: string },
): Promise<MountedRemote> {
  const dir = await tempDir("labferry-view-");
  const folder = dir.join("view");
  await Deno.mkdir(folder);
  const args = [
    "mount",
    remote,
    folder,
    `--config=${configFile}`,
    "--vfs-cache-mode=off",
    "--dir-cache-time=0s",
    "--attr-timeout=0s",
    // Names are this disk's own, as labferry has rclone take them.
    "--local-encoding=Slash,Ctl,Del,Dot",
    `--log-file=${dir.join("log")}`,
  ];
  let mount = await startMount(binary, { args, folder });
  return {
    folder,
    async again() {
      await mount.end();
      mount = await startMount(binary, { args, folder });
    },
    async [Symbol.asyncDispose]() {
      await mount.end();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function startMount(
  binary: string,
  { args, folder }: { args: string[]; folder: string },
): Promise<{ end(): Promise<void> }> {
  const { dev } = await Deno.stat(folder);
  const child = new Deno.Command(binary, { args, stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  let ended = false;
  const status = child.status.then(() => ended = true);
  await until(async () => ended || (await Deno.stat(folder)).dev !== dev, {
    what: `${folder} to be mounted`,
  });
  if (ended) throw new Error(`rclone mount ended: ${args.join(" ")}`);
  return {
    async end() {
      // Asked to end while somebody looks in, rclone would leave a mount behind that nobody serves.
      await new Deno.Command("fusermount", { args: ["-u", "-z", folder] }).output();
      signalChild(child, "SIGTERM");
      await status;
    },
  };
}
