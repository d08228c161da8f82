/** `ship`, as a whole process, against what a person would type instead. */
import { join } from "node:path";
import { startSshd } from "../../tests/support/sshd.ts";
import { V8_FLAGS } from "../permissions.ts";
import { type Pair, removeIfThere, run, sha256sumTree } from "./pair.ts";

export function mountPairs(dir: string, program: string): Pair[] {
  const { source, far, ship, reset } = scene(dir, program);
  return [
    {
      name: "mount: ship / cp -a + sha256sum on both sides",
      budget: 0.2,
      reset,
      ours: () => ship(["--to", far]),
      theirs: async () => {
        await run("cp", ["-a", source, far]);
        await sha256sumTree(source);
        await sha256sumTree(far);
      },
    },
    {
      name: "mount: ship / rclone copy + rclone check --download",
      budget: 0.5,
      reset,
      ours: () => ship(["--to", far]),
      theirs: async () => {
        await run("rclone", ["copy", source, far]);
        await run("rclone", ["check", "--download", source, far]);
      },
    },
  ];
}

/** rsync over a real sshd on loopback. */
export async function rsyncPairs(
  dir: string,
  program: string,
): Promise<{ pairs: Pair[]; stop: () => Promise<void> }> {
  const sshd = await startSshd();
  const env = await withOwnKnownHosts(dir, sshd);
  const { source, far, ship, reset } = scene(dir, program, env);
  const ssh = sshTo(sshd);
  const target = `${sshd.user}@127.0.0.1`;
  const ours = (extra: string[] = []) => () =>
    ship([
      "--to",
      `${target}:${far}`,
      "--init-destination",
      "--ssh-key",
      sshd.keyPath,
      "--ssh-port",
      String(sshd.port),
      ...extra,
    ]);
  const rsync = (extra: string[]) =>
    run("rsync", ["-a", ...extra, "-e", ssh, `${source}/`, `${target}:${far}/`]);
  const pairs: Pair[] = [
    {
      name: "rsync_ssh: ship / rsync -a --checksum + sha256sum on both sides",
      budget: 0.5,
      reset,
      ours: ours(),
      theirs: async () => {
        await rsync(["--checksum"]);
        await sha256sumTree(source);
        await sha256sumTree(far);
      },
    },
    {
      name: "rsync_ssh: ship / rsync -a alone",
      budget: 1.5,
      reset,
      ours: ours(),
      theirs: () => rsync([]),
    },
    {
      name: "rsync_ssh at 400 Mbit/s: ship / rsync -a alone at the same limit",
      budget: 1.05,
      reset,
      ours: ours(["--bwlimit", "400"]),
      theirs: () => rsync([`--bwlimit=${Math.floor(400_000_000 / 8 / 1024)}`]),
    },
  ];
  return { pairs, stop: () => sshd.stop() };
}

function scene(dir: string, program: string, env: Readonly<Record<string, string>> = {}) {
  const source = join(dir, "source");
  const far = join(dir, "far");
  const state = join(dir, "state");
  const reset = async () => {
    for (const path of [far, state, join(source, ".exlab-wizard")]) await removeIfThere(path);
  };
  const ship = shipOf({ program, source, stateDir: state, env });
  return { source, far, ship, reset };
}

/** `ship` of a folder, as a whole process with the executable's heap flags. */
export function shipOf(
  { program, source, stateDir, env }: {
    readonly program: string;
    readonly source: string;
    readonly stateDir: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): (args: readonly string[]) => Promise<void> {
  const runs = ["run", "-A", "--no-config", V8_FLAGS, program];
  const always = [...runs, "ship", source, "--state-dir", stateDir];
  return (args) => run(Deno.execPath(), [...always, "--quiet", ...args], env ? { env } : {});
}

/** What a person would type to reach the test's sshd. */
export function sshTo({ port, keyPath }: { port: number; keyPath: string }): string {
  return `ssh -p ${port} -i ${keyPath} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new ` +
    "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
}

/**
 * An environment whose `ssh` knows this server and no other. `ship` takes what the account has in its
 * own list, where an earlier server at the same port may stand under another key. One more `sh` a
 * connection, about a millisecond.
 */
export async function withOwnKnownHosts(
  dir: string,
  { port, knownHostsPath }: { readonly port: number; readonly knownHostsPath: string },
): Promise<Record<string, string>> {
  const bin = join(dir, `ssh-to-${port}`);
  await Deno.mkdir(bin, { recursive: true });
  const ssh = (await new Deno.Command("sh", { args: ["-c", "command -v ssh"] }).output()).stdout;
  const real = new TextDecoder().decode(ssh).trim();
  await Deno.writeTextFile(
    join(bin, "ssh"),
    `#!/bin/sh\nexec ${real} -o UserKnownHostsFile=${knownHostsPath} "$@"\n`,
    { mode: 0o755 },
  );
  return { PATH: `${bin}:${Deno.env.get("PATH")}` };
}
