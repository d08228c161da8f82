/** A fresh far base behind a real sshd, and an rsync that tells what it was told. */
import { RsyncSshTransport } from "../../../lib/transports/rsync_ssh/mod.ts";
import type { Place } from "../../contract/suite.ts";
import { type SshdOptions, startSshd, type TestSshd } from "../../support/sshd.ts";
import { tempDir } from "../../support/temp_dir.ts";

export interface RsyncPlace extends Place {
  readonly transport: RsyncSshTransport;
  readonly sshd: TestSshd;
}

export interface RsyncPlaceOptions {
  /** Below a temporary folder: the base as it is on this machine's disk. */
  readonly baseName?: string;
  /** How sshd is to be started, given the folder everything is in. */
  readonly sshd?: (root: string) => SshdOptions;
  /** The base as the far account calls it. */
  readonly remotePath?: (root: string, basePath: string) => string;
}

export async function rsyncPlace(options: RsyncPlaceOptions = {}): Promise<RsyncPlace> {
  const { baseName = "far/lab data/base" } = options;
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await tempDir("labferry-rsync-"));
  const sshd = stack.use(await startSshd(options.sshd?.(root.path)));
  const basePath = root.join(baseName);
  // What an account that is locked in is locked into.
  await Deno.mkdir(root.join("far"));
  const told = root.join("told");
  // The real rsync behind a note of its arguments; answering --version is not a transfer.
  const rsync = await root.write(
    "rsync",
    `#!/bin/sh\ncase " $* " in *" --times "*) printf "%s\\n" "$@" > '${told}';; esac\nexec rsync "$@"\n`,
  );
  await Deno.chmod(rsync, 0o755);
  const transport = new RsyncSshTransport({
    sshTarget: `${sshd.user}@${sshd.host}`,
    sshPort: sshd.port,
    sshKeyPath: sshd.keyPath,
    knownHostsPath: sshd.knownHostsPath,
    remotePath: options.remotePath?.(root.path, basePath) ?? basePath,
    commands: { rsync },
  });
  const kept = stack.move();
  return {
    transport,
    sshd,
    basePath,
    timeStepMs: 1000,
    async toldUploadMbps() {
      const limit = /^--bwlimit=(.*)$/m.exec(await Deno.readTextFile(told))?.[1];
      return limit === undefined ? null : Number(limit) * 1024 * 8 / 1_000_000;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
