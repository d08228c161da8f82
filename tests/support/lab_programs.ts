/** labferry itself, as a program of a lab: single commands, and the daemon as a process of its own. */
import { signalChild } from "./processes.ts";
import { readServerInfo } from "../../lib/daemon/mod.ts";
import type { Lab } from "./lab.ts";
import { tempDir } from "./temp_dir.ts";
import { until } from "./until.ts";
import { DENO_DIR, PROGRAM } from "./program.ts";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Throws when stdout is not exactly one JSON document. */
  // deno-lint-ignore no-explicit-any -- a test reads fields of whatever was said
  json(): any;
}

/** Runs one command of labferry in the lab. */
export async function labferry(
  lab: Pick<Lab, "configFile" | "stateDir" | "env">,
  args: readonly string[],
  options: { readonly cwd?: string; readonly bare?: boolean } = {},
): Promise<CliResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, ...(options.bare ? args : withLab(lab, args))],
    env: { ...lab.env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  const { code, stdout, stderr } = await outputOf(child, args);
  const text = new TextDecoder().decode(stdout);
  return {
    code,
    stdout: text,
    stderr: new TextDecoder().decode(stderr),
    json: () => JSON.parse(text),
  };
}

/** Longer than any command of a test takes, on a machine that many share. */
const COMMAND_MS = 180_000;

/** One that does not end is killed, and says so: a test must not wait for ever. */
async function outputOf(
  command: Deno.Command,
  args: readonly string[],
): Promise<Deno.CommandOutput> {
  const child = command.spawn();
  const timer = setTimeout(() => signalChild(child, "SIGKILL"), COMMAND_MS);
  const begun = performance.now();
  const output = await child.output();
  clearTimeout(timer);
  if (performance.now() - begun < COMMAND_MS) return output;
  const said = new TextDecoder().decode(output.stderr);
  throw new Error(`labferry ${args.join(" ")} took over ${COMMAND_MS} ms; it said: ${said}`);
}

/** labferry where there is nothing of labferry's: a home of its own, no configuration, no state. */
export async function withoutLab(
  args: readonly string[],
  { home, knownHosts, tmpDir }: {
    readonly home: string;
    readonly knownHosts?: string;
    /** Where temporary files go, if not where the system has them. */
    readonly tmpDir?: string;
  },
): Promise<Pick<CliResult, "code" | "stdout" | "stderr">> {
  await using bin = await tempDir();
  const path = Deno.env.get("PATH") ?? "";
  if (knownHosts) {
    const ssh = `#!/bin/sh\nexec /usr/bin/ssh -o UserKnownHostsFile='${knownHosts}' "$@"\n`;
    await Deno.chmod(await bin.write("ssh", ssh), 0o755);
  }
  const env = { HOME: home, PATH: `${bin.path}:${path}`, NO_COLOR: "1", DENO_DIR };
  const child = new Deno.Command(Deno.execPath(), {
    args: [...PROGRAM, ...args],
    env: { ...env, DENO_NO_UPDATE_CHECK: "1", ...(tmpDir ? { TMPDIR: tmpDir } : {}) },
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function withLab(
  { configFile, stateDir }: Pick<Lab, "configFile" | "stateDir">,
  args: readonly string[],
): string[] {
  return [...args, "--config", configFile, "--state-dir", stateDir.path];
}

export interface DaemonProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly ended: Promise<Deno.CommandStatus>;
  signal(name: Deno.Signal): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

const START_MS = 20_000;
/** One that waits for a disk that hangs cannot even be killed. */
const END_MS = 60_000;

/** The end of its log, for whoever has to find out what it waited for. */
function logOf({ stateDir }: Pick<Lab, "stateDir">): string {
  try {
    return `\n${Deno.readTextFileSync(stateDir.logFile).split("\n").slice(-30).join("\n")}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return " (it has no log)";
    throw error;
  }
}

/** Starts the daemon and waits until it answers. */
export async function startLabDaemon(
  lab: Pick<Lab, "configFile" | "stateDir" | "env">,
  { env = {}, within = [], heapFlags = [] }: {
    readonly env?: Readonly<Record<string, string>>;
    /** As the executable has them, where that matters; see `V8_FLAGS`. */
    readonly heapFlags?: readonly string[];
    /** A command that ends by becoming the one that it is given, e.g. `unshare --user`. */
    readonly within?: readonly string[];
  } = {},
): Promise<DaemonProcess> {
  const [program, ...args] = [
    ...within,
    ...[Deno.execPath(), PROGRAM[0]!, ...heapFlags, ...PROGRAM.slice(1)],
    ...withLab(lab, ["daemon"]),
  ];
  const child = new Deno.Command(program!, {
    args,
    env: { ...lab.env, ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const drained = (async () => {
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) said += chunk;
  })();
  const ended = child.status;
  let over = false;
  void ended.then(() => over = true);
  const signal = (name: Deno.Signal) => signalChild(child, name);
  const daemon = {
    pid: child.pid,
    url: "",
    stderr: () => said,
    ended,
    signal,
    async kill() {
      signal("SIGKILL");
      await until(() => over, { what: "the killed daemon to end", limitMs: END_MS });
      await drained;
    },
    [Symbol.asyncDispose]: () => daemon.kill(),
  };
  try {
    await until(async () => {
      if (over) throw new Error(`the daemon ended: ${said}`);
      const server = await readServerInfo(lab.stateDir);
      if (server?.pid !== child.pid) return false;
      daemon.url = server.url;
      return true;
    }, { limitMs: START_MS, what: () => `the daemon to answer; it said: ${said}${logOf(lab)}` });
  } catch (error) {
    await daemon.kill();
    throw error;
  }
  return daemon;
}
