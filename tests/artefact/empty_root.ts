/**
 * A machine with next to nothing on it: an empty folder as its root, with the tools that are named
 * and the libraries they load, an account without rights, and a network of its own in which there is
 * only loopback. No Deno, no Node, no cache. What it has of the real one is the kernel.
 */
import { basename, dirname } from "node:path";
import { until } from "../support/until.ts";
import { tempDir } from "../support/temp_dir.ts";

export const ACCOUNT = 1234;
/** What a small Linux has: the shell, and what unpacks and looks at files. */
const SYSTEM_TOOLS = [
  ..."sh cat grep ls id mkdir mktemp rm tail tar gzip sha256sum".split(" "),
];

export interface EmptyRoot extends AsyncDisposable {
  /** The path that `path` of the machine has outside. */
  outside(path: string): string;
  /** Runs a program there as the account, to its end. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  /** Starts one, in a process group of its own. */
  spawn(args: readonly string[], env?: Record<string, string>): Deno.ChildProcess;
  /** Put before a command line: it runs outside, in the machine's network. */
  readonly inItsNetwork: readonly string[];
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tools` are more programs by name; `files` are copied: path there → path here. */
export async function emptyRoot(
  { tools, files }: { tools: readonly string[]; files: Readonly<Record<string, string>> },
): Promise<EmptyRoot> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-root-"));
  const outside = (path: string) => dir.path + path;
  await furnish(outside, [...SYSTEM_TOOLS, ...tools]);
  for (const [there, here] of Object.entries(files)) await place(here, outside(there));
  const holder = await holdNamespaces(dir.path, stack);

  const inItsNetwork = ["nsenter", "--target", String(holder), "--net"];
  const command = (args: readonly string[], env: Record<string, string> = {}) => {
    const within = ["nsenter", "--target", String(holder), "--net", "--mount", "--pid"];
    const account = ["chroot", `--userspec=${ACCOUNT}:${ACCOUNT}`, "--groups=", dir.path];
    const start = [...within, ...account, ...args];
    return new Deno.Command(start[0]!, {
      args: start.slice(1),
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/home/lab", NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  };
  const disposal = stack.move();
  return {
    outside,
    inItsNetwork,
    spawn: (args, env) => command(args, env).spawn(),
    async run(args, env) {
      const { code, stdout, stderr } = await command(args, env).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

async function furnish(outside: (path: string) => string, tools: readonly string[]) {
  await Deno.chmod(outside(""), 0o755);
  for (const folder of ["dev", "proc", "etc", "usr/bin", "tmp", "home/lab", "nas", "data"]) {
    await Deno.mkdir(outside(`/${folder}`), { recursive: true });
  }
  await Deno.symlink("usr/bin", outside("/bin"));
  await Deno.chmod(outside("/tmp"), 0o1777);
  for (const own of ["/home/lab", "/nas", "/data"]) {
    await Deno.chown(outside(own), ACCOUNT, ACCOUNT);
  }
  const account = `lab:x:${ACCOUNT}:${ACCOUNT}::/home/lab:/bin/sh`;
  await Deno.writeTextFile(outside("/etc/passwd"), `root:x:0:0::/:/bin/sh\n${account}\n`);
  for (const tool of tools) {
    const here = await output("sh", ["-c", 'command -v "$0"', tool]);
    await place(here, outside(`/usr/bin/${basename(tool)}`));
    for (const library of await librariesOf(here)) await place(library, outside(library));
  }
  // Deno's own: what its ELF names, and no more.
  for (const library of await librariesOf(Deno.execPath())) await place(library, outside(library));
}

/** What the dynamic linker would load; none of a static program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: [program], stdin: "null" }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)]
    .map(([, path]) => path!);
}

async function place(here: string, there: string): Promise<void> {
  await Deno.mkdir(dirname(there), { recursive: true });
  await Deno.copyFile(await Deno.realPath(here), there);
}

/** A process that keeps the machine's namespaces; with it, everything that runs there ends. */
async function holdNamespaces(root: string, stack: AsyncDisposableStack): Promise<number> {
  const devices = ["null", "zero", "urandom", "random"];
  for (const name of devices) await Deno.writeTextFile(`${root}/dev/${name}`, "");
  const set = [
    'set -e; root=$1; mount --make-rprivate /; ip link set lo up; mount -t proc proc "$root/proc"',
    `for name in ${devices.join(" ")}; do mount --bind "/dev/$name" "$root/dev/$name"; done`,
    "echo ready; exec sleep infinity",
  ].join("\n");
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
  const child = new Deno.Command("unshare", {
    args: [...namespaces, "sh", "-c", set, "sh", root],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  stack.defer(async () => {
    child.kill("SIGKILL");
    await child.status;
  });
  const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  stack.defer(() => said.cancel());
  const { value } = await said.read();
  if (!value?.includes("ready")) throw new Error("the namespaces could not be made");
  const children = `/proc/${child.pid}/task/${child.pid}/children`;
  let held = 0;
  await until(async () => (held = Number((await Deno.readTextFile(children)).trim())) > 0, {
    what: "the first process of the namespaces",
  });
  return held;
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}
