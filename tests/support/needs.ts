/**
 * Tests that need a real tool, or what Windows cannot. Where it is missing the test is skipped and
 * says so; with `CI=true` a missing tool is a failure, because a check that could not run is not a
 * pass. What Windows cannot is no failure there.
 */
import { join } from "node:path";

const TOOLS = {
  rclone: ["rclone", "version"],
  rsync: ["rsync", "--version"],
  samba: ["sh", "-c", "test -x /usr/sbin/smbd && command -v smbpasswd"],
  sshd: ["sh", "-c", "test -x /usr/sbin/sshd && command -v ssh-keygen"],
  python: ["python3", "--version"],
  filelock: ["/usr/bin/python3", "-c", "import filelock"],
  portalocker: ["/usr/bin/python3", "-c", "import portalocker"],
  // On Windows far_proof.ts hashes by itself.
  sha256sum: Deno.build.os === "windows" ? ["cmd", "/c", "exit 0"] : ["sha256sum", "--version"],
  openssl: ["openssl", "version"],
  chromium: ["chromium", "--version"],
  root: ["sh", "-c", 'test "$(id -u)" = 0'],
  faketime: ["faketime", "--version"],
  userNamespaces: [
    "sh",
    "-c",
    "unshare --user --map-root-user sh -c 'echo 9 > /proc/sys/user/max_inotify_watches'",
  ],
  promtool: ["promtool", "--version"],
  nodeExporter: ["prometheus-node-exporter", "--version"],
  linux: ["sh", "-c", 'test "$(uname)" = Linux'],
  // 4.9 or later: see lib/disk/find_child.ts.
  gnuFind: [
    "sh",
    "-c",
    `test "$(uname)" = Linux && find --version | grep -Eq '^find .GNU findutils. (4[.](9|[1-9][0-9])|[5-9])'`,
  ],
  script: ["script", "--version"],
  bash: ["bash", "--version"],
  fish: ["fish", "--version"],
  zsh: ["zsh", "--version"],
  groff: ["groff", "--version"],
  systemdAnalyze: ["systemd-analyze", "--version"],
  systemdNotify: ["systemd-notify", "--version"],
  unshare: ["unshare", "--user", "--map-root-user", "true"],
  fuse: [
    "sh",
    "-c",
    '/usr/bin/python3 -c \'import fusepy; open("/dev/fuse", "r+b", buffering=0)\' && command -v fusermount',
  ],
  namespaces: [
    "sh",
    "-c",
    "unshare -n -m -p --fork ip link set lo up && command -v nsenter chroot",
  ],
  rcloneMount: ["sh", "-c", "command -v rclone && command -v fusermount && test -c /dev/fuse"],
  tmpfs: [
    "sh",
    "-c",
    'test "$(id -u)" = 0 && d=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs "$d" && umount "$d" && rmdir "$d"',
  ],
} as const;

/** What every Unix can and Windows, or the wine that stands in for it, cannot. */
const ABILITIES = {
  /** A link that is seen as a link. */
  links: seesLinks,
  /** Names with `<`, `>`, `:` or a backslash, which Windows refuses. */
  anyNames: () => Deno.build.os !== "windows",
  /** Its modes, signals, paths and small tools. */
  unix: () => Deno.build.os !== "windows",
  /** Reading that does not end in this computer's own cache. */
  pastCache: () => Deno.build.os !== "windows",
  /**
   * Events of a whole tree, a rename over a file that somebody reads, an exit code that always arrives, a
   * thousand connections.
   */
  noWine: () => Deno.build.os !== "windows" || seesLinks(),
};

function seesLinks(): boolean {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(join(dir, "folder"));
    Deno.symlinkSync(join(dir, "folder"), join(dir, "link"), { type: "dir" });
    return Deno.lstatSync(join(dir, "link")).isSymlink;
  } catch {
    return false;
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

export type Tool = keyof typeof TOOLS | keyof typeof ABILITIES;

const found = new Map<Tool, boolean>();

/** True when the tool answers on this machine. */
export function hasTool(tool: Tool): boolean {
  const known = found.get(tool);
  if (known !== undefined) return known;
  const there = tool in ABILITIES
    ? ABILITIES[tool as keyof typeof ABILITIES]()
    : answers(TOOLS[tool as keyof typeof TOOLS]);
  found.set(tool, there);
  return there;
}

function answers([command, ...args]: readonly string[]): boolean {
  try {
    const child = new Deno.Command(command!, {
      args,
      stdout: "null",
      stderr: "null",
      stdin: "null",
    });
    return child.outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Registers a test that needs `tools`; skipped loudly without them, failed in CI. */
export function testWith(
  tools: readonly Tool[],
  name: string,
  run: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) return Deno.test(name, run);
  const note = `needs ${missing.join(", ")}`;
  const isOfWindows = Deno.build.os === "windows" && missing.every((tool) => tool in ABILITIES);
  if (Deno.env.get("CI") === "true" && !isOfWindows) {
    Deno.test(name, () => {
      throw new Error(`${note}: not on this machine, and CI does not skip`);
    });
    return;
  }
  console.warn(`SKIPPED ${name}: ${note}`);
  Deno.test({ name: `${name} [skipped: ${note}]`, ignore: true, fn: run });
}
