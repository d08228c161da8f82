/**
 * A Windows without Windows: Debian trixie's wine 10 in a folder of its own, entered by chroot, with
 * the `deno.exe` that npm has. Drive D: is data, N: and `\\nas01\lab` the NAS, L: the checkout.
 *
 * Wine cannot show links, junctions, ACLs, alternate streams, a real SMB or a rename over an open
 * file, and it sometimes answers 0 where a program ended with another code: what a program says
 * counts, not its code alone.
 */
import { join } from "node:path";
import { denoFor } from "../compile/runtime.ts";
import { targetNamed } from "../compile/targets.ts";

const ROOT = join(import.meta.dirname!, "../..");
const PACKAGES = ["ca-certificates", "wine", "wine64"];
const RELEASE = "trixie";

export interface Said {
  /** What it wrote, both ways. */
  readonly text: string;
  readonly code: number;
  /** It had to be ended. */
  readonly hung: boolean;
}

export interface WinePlace extends AsyncDisposable {
  /** The path outside of `path` in the chroot. */
  outside(path: string): string;
  /** Runs a Windows program to its end, or for `seconds` at most. */
  run(args: readonly string[], options?: RunOptions): Promise<Said>;
  /** Starts one; `wineserver -k` ends whatever runs. */
  start(args: readonly string[], options?: RunOptions): Deno.ChildProcess;
  endAll(): Promise<void>;
}

export interface RunOptions {
  /** In the chroot. @default {"/labferry"} */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default {600} */
  readonly seconds?: number;
}

/** Makes the place below `dir`, or takes the one that is there, with a fresh copy of the checkout. */
export async function openWine(dir: string): Promise<WinePlace> {
  const root = join(dir, "root");
  const outside = (path: string) => join(root, path);
  if (!await isThere(join(dir, "made"))) {
    await Deno.mkdir(dir, { recursive: true });
    await sh(["debootstrap", "--variant=minbase", `--include=${PACKAGES.join()}`, RELEASE, root]);
    await Deno.writeTextFile(join(dir, "made"), "");
  }
  for (const folder of ["opt/deno", "labferry", "nas", "data", "deno-cache"]) {
    await Deno.mkdir(outside(folder), { recursive: true });
  }
  await sh(["cp", await denoFor(targetNamed("x86_64-pc-windows-msvc")), outside("opt/deno")]);
  // Of /dev debootstrap makes what is needed; the machine's own is not brought in, where an `rm -r`
  // of this folder would find it.
  if (!await isThere(outside("proc/version"))) {
    await sh(["mount", "-t", "proc", "proc", outside("proc")]);
  }
  const place = placeAt(root, outside);
  await place.run(["wineboot", "--init"]);
  const drives = outside("root/.wine/dosdevices");
  await sh(["mkdir", "-p", `${drives}/unc/nas01`]);
  const names = { "d:": "/data", "l:": "/labferry", "n:": "/nas", "unc/nas01/lab": "/nas" };
  for (const [name, folder] of Object.entries(names)) {
    await sh(["ln", "-sfn", folder, `${drives}/${name}`]);
  }
  await copyCheckout(outside);
  return place;
}

function placeAt(root: string, outside: (path: string) => string): WinePlace {
  const command = (args: readonly string[], { cwd = "/labferry", env = {} }: RunOptions = {}) => {
    const enter = ["chroot", root, "sh", "-c", 'cd "$0" && exec "$@"', cwd];
    return new Deno.Command(enter[0]!, {
      args: [...enter.slice(1), ...args],
      clearEnv: true,
      env: { ...ENVIRONMENT, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  };
  const endAll = async () => {
    await command(["wineserver", "-k"]).output();
  };
  return {
    outside,
    endAll,
    start: (args, options) => command(["wine", ...args], options).spawn(),
    async run(args, options = {}) {
      const child = command(["wine", ...args], options).spawn();
      let hung = false;
      const bell = setTimeout(() => {
        hung = true;
        endAll();
      }, (options.seconds ?? 600) * 1000);
      const { code, stdout, stderr } = await child.output();
      clearTimeout(bell);
      const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      return { text: text.replaceAll("\r", ""), code, hung };
    },
    async [Symbol.asyncDispose]() {
      await endAll();
      await sh(["umount", "-l", outside("proc")]);
    },
  };
}

const ENVIRONMENT = {
  HOME: "/root",
  USER: "root",
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
  WINEPREFIX: "/root/.wine",
  WINEDEBUG: "-all",
  // Neither .NET nor a browser: it would ask whether to install them.
  WINEDLLOVERRIDES: "mscoree=;mshtml=",
  DENO_DIR: "Z:\\deno-cache",
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
};

/** The checkout as L:, and its npm packages, which this machine's Deno keeps alike. */
async function copyCheckout(outside: (path: string) => string): Promise<void> {
  const list = "git ls-files -z --cached --others --exclude-standard";
  await sh([
    "sh",
    "-c",
    `cd "$0" && ${list} | tar -cf - --null -T - | tar -xf - -C "$1"`,
    ROOT,
    outside("labferry"),
  ]);
  const entries = ["main.ts", ...await testFiles()];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--entrypoint", ...entries],
    cwd: ROOT,
    env: { DENO_DIR: outside("deno-cache"), DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function testFiles(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "tests/**/*_test.ts"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function sh([command, ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command!, { args, stdin: "null" }).output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}
