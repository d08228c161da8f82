/**
 * A real sshd on 127.0.0.1 for tests: its own host key, one authorized key, everything in a folder
 * of its own. `await using server = await startSshd();`
 */
import { freePort } from "./free_port.ts";

export interface SshdOptions {
  /** Listen here instead of at a free port: to come back as another machine at the same address. */
  readonly port?: number;
  /** Every session runs this instead of what the client asks for (`ForceCommand`). */
  readonly forceCommand?: string;
  /** Put into the environment of every session (`SetEnv`), for a far PATH without rsync. */
  readonly env?: Readonly<Record<string, string>>;
  /** Put before sshd's own command line, e.g. to start it in another network namespace. */
  readonly startedBy?: readonly string[];
  /** More lines for sshd_config. */
  readonly configLines?: readonly string[];
}

export interface TestSshd extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The user the tests run as: the only one who can log in. */
  readonly user: string;
  /** The private key that is let in. */
  readonly keyPath: string;
  /** A valid private key nobody knows. */
  readonly strangerKeyPath: string;
  /** A known_hosts file that holds this server's key. */
  readonly knownHostsPath: string;
  /** `HOME` of every session; commands start in the account's real one all the same. */
  readonly home: string;
  /** What sshd wrote to its log so far. */
  log(): string;
  /** Ends sshd in good order and waits for it; sessions that are open go on. */
  stop(): Promise<void>;
  /** SIGKILL to sshd and to every session with all it runs: a NAS that lost its power. */
  kill(): Promise<void>;
  /** From now on it takes connections and never answers: a NAS that hangs. */
  freeze(): void;
  thaw(): void;
}

const SSHD = "/usr/sbin/sshd";
const START_ATTEMPTS = 5;

export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const dir = await Deno.makeTempDir({ prefix: "labferry-sshd-" });
  const user = await output("id", ["-un"]);
  for (const key of ["host_key", "client_key", "stranger_key"]) {
    await output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", `${dir}/${key}`]);
  }
  await Deno.mkdir(`${dir}/home`);
  await Deno.copyFile(`${dir}/client_key.pub`, `${dir}/authorized_keys`);
  // sshd insists on its privilege separation folder when it runs as root.
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });

  const running = await listen(dir, options);
  const hostKey = (await Deno.readTextFile(`${dir}/host_key.pub`)).split(" ").slice(0, 2).join(" ");
  await Deno.writeTextFile(`${dir}/known_hosts`, `[127.0.0.1]:${running.port} ${hostKey}\n`);

  // A number that has ended may be somebody else's by now.
  let hasEnded = false;
  const ended = running.child.status.then(() => void (hasEnded = true));
  const kill = async () => {
    if (!hasEnded) await killTree(running.child.pid);
    await ended;
  };
  const signal = (name: Deno.Signal) => {
    if (!hasEnded) signalIfThere(running.child.pid, name);
  };
  return {
    host: "127.0.0.1",
    port: running.port,
    user,
    keyPath: `${dir}/client_key`,
    strangerKeyPath: `${dir}/stranger_key`,
    knownHostsPath: `${dir}/known_hosts`,
    home: `${dir}/home`,
    log: () => running.log.text,
    async stop() {
      signal("SIGTERM");
      await ended;
    },
    kill,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await kill();
      await running.log.drained;
      await Deno.remove(dir, { recursive: true });
    },
  };
}

interface Running {
  readonly child: Deno.ChildProcess;
  readonly port: number;
  readonly log: SshdLog;
}

async function listen(dir: string, options: SshdOptions): Promise<Running> {
  for (let attempt = 1;; attempt++) {
    const port = options.port ?? freePort();
    await Deno.writeTextFile(`${dir}/sshd_config`, sshdConfig(dir, port, options));
    const command = [...options.startedBy ?? [], SSHD, "-D", "-e", "-f", `${dir}/sshd_config`];
    const child = new Deno.Command(command[0]!, {
      args: command.slice(1),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const log = new SshdLog(child.stderr);
    if (await log.listening) return { child, port, log };
    await child.status;
    await log.drained;
    // Somebody took the free port in between, or the old server's socket is not gone yet.
    if (attempt === START_ATTEMPTS) throw new Error(`sshd did not start:\n${log.text}`);
  }
}

function sshdConfig(dir: string, port: number, options: SshdOptions): string {
  // A home of its own: the account's start-up files are slow, and nobody's business here.
  const env = Object.entries({ HOME: `${dir}/home`, ...options.env }).map(([name, value]) =>
    `"${name}=${value}"`
  );
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "MaxStartups 100",
    "PrintMotd no",
    "Subsystem sftp internal-sftp",
    `SetEnv ${env.join(" ")}`,
    ...(options.configLines ?? []),
    ...(options.forceCommand ? [`ForceCommand ${options.forceCommand}`] : []),
    "",
  ].join("\n");
}

/** Reads sshd's stderr to its end, so that the pipe never fills, and sees it come up. */
class SshdLog {
  text = "";
  readonly listening: Promise<boolean>;
  readonly drained: Promise<void>;

  constructor(stderr: ReadableStream<Uint8Array>) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.listening = promise;
    this.drained = this.#drain(stderr, resolve);
  }

  async #drain(stderr: ReadableStream<Uint8Array>, listening: (yes: boolean) => void) {
    for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
      this.text += chunk;
      if (this.text.includes("Server listening on")) listening(true);
    }
    listening(false);
  }
}

/**
 * A session's command is in a session of its own, so a process group does not reach it: only the
 * parent chain does. Killed from the top, or sshd would start another meanwhile.
 */
async function killTree(root: number): Promise<void> {
  const children = Map.groupBy(await processes(), (process) => process.parent);
  const pids = [root];
  for (const pid of pids) pids.push(...(children.get(pid) ?? []).map((process) => process.pid));
  for (const pid of pids) signalIfThere(pid, "SIGKILL");
}

async function processes(): Promise<{ pid: number; parent: number }[]> {
  if (Deno.build.os !== "linux") {
    const lines = (await output("ps", ["-A", "-o", "pid=,ppid="])).split("\n");
    return lines.map((line) => line.trim().split(/\s+/).map(Number))
      .map(([pid, parent]) => ({ pid: pid!, parent: parent! }));
  }
  const found: { pid: number; parent: number }[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const stat = await readIfThere(`/proc/${entry.name}/stat`);
    // The command's name stands in parentheses and may hold spaces: count from its end.
    const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (parent) found.push({ pid: Number(entry.name), parent: Number(parent) });
  }
  return found;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // A process that ends while we look: NotFound, or ESRCH, which Deno calls a plain Error.
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof Error && /os error 3\b/.test(error.message)) return null;
    throw error;
  }
}

function signalIfThere(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}
