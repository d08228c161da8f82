/**
 * A real SMB server on 127.0.0.1: Debian's smbd in the foreground, with a configuration, a state and
 * one share of its own. `await using server = await startSamba();`
 */
import { freePort } from "./free_port.ts";
import { signalChild } from "./processes.ts";
import { obscured, type SharedServer } from "./rclone_place.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";

export interface TestSamba extends SharedServer, AsyncDisposable {
  readonly port: number;
}

const SHARE = "lab";
const PASSWORD = "only-for-tests";
const START_ATTEMPTS = 5;

export async function startSamba(): Promise<TestSamba> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-samba-"));
  const folder = dir.join("share");
  await Deno.mkdir(folder);
  const user = new TextDecoder().decode(await output("id", ["-un"])).trim();
  for (const name of STATE_FOLDERS) await Deno.mkdir(dir.join(name), { mode: 0o700 });
  const secret = await obscured(PASSWORD);
  const { port, child } = await listen(dir.path, { folder, user });
  stack.defer(async () => {
    signalChild(child, "SIGTERM");
    await child.status;
  });
  const running = stack.move();
  return {
    port,
    folder,
    remotePath: `${SHARE}/`,
    timeStepMs: 1,
    foldsCase: true,
    nameThere: smbName,
    // deno-lint-ignore no-control-regex -- that is what is asked
    refusesName: (path) => /[\x01-\x1f]|^con\./.test(path),
    section: (name) =>
      `[${name}]\ntype = smb\nhost = 127.0.0.1\nport = ${port}\nuser = ${user}\npass = ${secret}\n`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What rclone makes of a name that SMB cannot have: https://rclone.org/overview/#restricted-characters */
export function smbName(path: string): string {
  return path.split("/").map((name) =>
    name
      .replace(/["*:<>?|\\]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
      .replace(/ $/, "␠")
      .replace(/\.$/, "．")
  ).join("/");
}

const STATE_FOLDERS = ["private", "lock", "state", "cache", "pid", "ncalrpc"] as const;

async function listen(
  dir: string,
  { folder, user }: { folder: string; user: string },
): Promise<{ port: number; child: Deno.ChildProcess }> {
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const conf = `${dir}/smb.conf`;
    await Deno.writeTextFile(conf, configuration(dir, { port, folder }));
    if (attempt === 1) {
      const known = ["-c", conf, "-L", "-s", "-a", user];
      await output("smbpasswd", known, `${PASSWORD}\n${PASSWORD}\n`);
    }
    // The log goes to a file by the shell: a stream of this process would be open across tests.
    // smbd ends its whole process group when it ends, so it must have one of its own: no
    // --no-process-group.
    const start = 'exec "$0" -F --debug-stdout -s "$1" >"$2" 2>&1';
    const child = new Deno.Command("sh", {
      args: ["-c", start, "/usr/sbin/smbd", conf, `${dir}/log`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    const end = child.status.then(() => ended = true);
    await until(async () => ended || await answers(port), { what: "smbd to listen" });
    if (!ended) return { port, child };
    await end;
    if (attempt === START_ATTEMPTS) {
      throw new Error(`smbd did not start:\n${await Deno.readTextFile(`${dir}/log`)}`);
    }
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** As a NAS has it: names in any case are one file, and nobody gets in without a password. */
function configuration(dir: string, { port, folder }: { port: number; folder: string }): string {
  return `
[global]
  server role = standalone server
  interfaces = 127.0.0.1
  bind interfaces only = yes
  smb ports = ${port}
  disable netbios = yes
  load printers = no
  printcap name = /dev/null
  disable spoolss = yes
  map to guest = never
  passdb backend = tdbsam:${dir}/private/passdb.tdb
  private dir = ${dir}/private
  lock directory = ${dir}/lock
  state directory = ${dir}/state
  cache directory = ${dir}/cache
  pid directory = ${dir}/pid
  ncalrpc dir = ${dir}/ncalrpc
  log file = ${dir}/log.smbd
[${SHARE}]
  path = ${folder}
  read only = no
  case sensitive = no
  preserve case = yes
`;
}

async function output(command: string, args: string[], input = ""): Promise<Uint8Array> {
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
