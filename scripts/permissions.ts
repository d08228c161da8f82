/**
 * What the program may do on Linux and macOS, and why. Baked in by `scripts/compile.ts`; a test runs
 * the bundled program with exactly these. Left out on purpose: all of FFI, and the network beyond
 * loopback: rclone, rsync and ssh do the network.
 */
export const PERMISSIONS: readonly string[] = [
  // Data roots, mounted destinations and the state directory are the configuration's to name.
  "--allow-read",
  "--allow-write",
  // rclone, rsync, ssh, find, grep and the hooks a facility configures, wherever they are installed.
  "--allow-run",
  // LABFERRY_*, HOME and XDG_*, and RCLONE_CONFIG_* handed through to rclone.
  "--allow-env",
  // The host's and the account's name go into records and logs; the network addresses tell whether
  // the state directory is still on the computer it was made on; how busy the processors are, whether
  // transfers wait.
  "--allow-sys=hostname,networkInterfaces,userInfo,uid,gid,homedir,statfs,osUptime,cpus",
  // The status page, the command line that asks it, and the `rclone rcd` of a session.
  "--allow-net=127.0.0.1,localhost,[::1]",
  // The runtime allows code from seven public hosts unless it is told not to, which is network too.
  "--deny-import",
  "--no-prompt",
];

/**
 * On Windows the runtime refuses every UNC path, and mapped drives, to a program that has not all
 * permissions (denoland/deno #26045, #24703, #30528): narrowed, it reaches no NAS.
 * docs/security.md says so.
 */
export const WINDOWS_PERMISSIONS: readonly string[] = ["--allow-all", "--no-prompt"];

/** Those of the system that the program is made for. */
export function permissionsOn(os: "linux" | "darwin" | "windows"): readonly string[] {
  return os === "windows" ? WINDOWS_PERMISSIONS : PERMISSIONS;
}

/**
 * V8 lets a heap that is mostly garbage grow as long as the machine has memory. These keep it small:
 * shipping 100,000 files took 230 to 243 MB with them and 308 to 333 MB without.
 */
export const V8_FLAGS = "--v8-flags=--heap-growing-percent=20,--max-semi-space-size=2";
