/**
 * Tests that need a real tool. Where the tool is missing the test is skipped and says so; with
 * `CI=true` a missing tool is a failure, because a check that could not run is not a pass.
 */
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
  linux: ["sh", "-c", 'test "$(uname)" = Linux'],
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

export type Tool = keyof typeof TOOLS;

const found = new Map<Tool, boolean>();

/** True when the tool answers on this machine. */
export function hasTool(tool: Tool): boolean {
  const known = found.get(tool);
  if (known !== undefined) return known;
  const [command, ...args] = TOOLS[tool] as readonly string[];
  let there = false;
  try {
    const child = new Deno.Command(command!, {
      args,
      stdout: "null",
      stderr: "null",
      stdin: "null",
    });
    there = child.outputSync().success;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  found.set(tool, there);
  return there;
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
  if (Deno.env.get("CI") === "true") {
    Deno.test(name, () => {
      throw new Error(`${note}: not on this machine, and CI does not skip`);
    });
    return;
  }
  console.warn(`SKIPPED ${name}: ${note}`);
  Deno.test({ name: `${name} [skipped: ${note}]`, ignore: true, fn: run });
}
