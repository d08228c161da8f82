/**
 * Everything `deno task test` does: sees that the tools the tests need are there (installs them from
 * Debian when root, else names what is missing), runs all tests, and ends with one plain line,
 * `N passed, N failed`. With CI=true a tool that is missing fails the tests that need it.
 * Arguments go to `deno test` (paths, --filter …); without any, the files run in groups (`test_groups.ts`),
 * a process for each (`test_runs.ts`), and what fails among all of them is tried by itself (`test_again.ts`).
 */
import { fileURLToPath } from "node:url";
import { BROWSER_VARIABLE, launchChromium } from "../tests/support/chromium.ts";
import { PROGRAM_VARIABLE } from "../tests/support/program.ts";
import { bundleProgram } from "./bundle.ts";
import { failedTests, passAlone } from "./test_again.ts";
import { type Counted, runEach, runTests } from "./test_runs.ts";
import { groupsOf, writeGroups } from "./test_groups.ts";

const TESTS = fileURLToPath(new URL("../tests", import.meta.url));

const PACKAGE_OF_TOOL: Readonly<Record<string, string>> = {
  "rclone": "rclone",
  "rsync": "rsync",
  "ssh": "openssh-client",
  "/usr/sbin/sshd": "openssh-server",
  "/usr/sbin/smbd": "samba",
  "/usr/bin/python3": "python3",
  "sha256sum": "coreutils",
  "openssl": "openssl",
  "chromium": "chromium",
  "git": "git",
  "find": "findutils",
  "fusermount": "fuse",
  "faketime": "faketime",
  "systemd-analyze": "systemd",
  "fish": "fish",
  "zsh": "zsh",
  "groff": "groff-base",
  "ip": "iproute2",
  "promtool": "prometheus",
  "prometheus-node-exporter": "prometheus-node-exporter",
};
const PYTHON_MODULES: Readonly<Record<string, string>> = {
  filelock: "python3-filelock",
  fusepy: "python3-fusepy",
  portalocker: "python3-portalocker",
};

if (import.meta.main) {
  const missing = missingPackages();
  if (missing.length > 0) install(missing);
  Deno.exit(await prepareAndTest(Deno.args));
}

function missingPackages(): string[] {
  const tools = Object.entries(PACKAGE_OF_TOOL).filter(([tool]) =>
    !answers("sh", ["-c", `command -v ${tool}`])
  );
  const modules = Object.entries(PYTHON_MODULES)
    .filter(([module]) => !answers("/usr/bin/python3", ["-c", `import ${module}`]));
  return [...tools, ...modules].map(([, debianPackage]) => debianPackage);
}

function answers(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Installs from Debian when that is possible; otherwise says what is missing and goes on. */
function install(packages: string[]): void {
  const canInstall = Deno.build.os === "linux" && Deno.uid() === 0 &&
    answers("apt-get", ["--version"]);
  if (!canInstall) {
    console.warn(`The tests want these packages, which are not here: ${packages.join(", ")}.`);
    console.warn("Tests that need them are skipped (with CI=true they fail).\n");
    return;
  }
  console.log(`Installing what the tests need: ${packages.join(", ")}`);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    if (!aptGet(args)) console.warn(`apt-get ${args[0]} failed; the tests say what they miss.`);
  }
}

/** A computer that has just started may be updating itself, and a mirror may be out of breath. */
const TRIES = 6;
const REST_MS = 10_000;

function aptGet(args: string[]): boolean {
  for (let tried = 1;; tried++) {
    const { success } = new Deno.Command("apt-get", {
      args: ["-qq", "-o", "DPkg::Lock::Timeout=60", ...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).outputSync();
    if (success || tried === TRIES) return success;
    console.warn(`apt-get ${args[0]} failed; again in ${REST_MS / 1_000} s (${tried} of ${TRIES})`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_MS);
  }
}

/**
 * What the tests start is bundled once for all of them: a start then costs half as much. The whole of them
 * share a browser too.
 */
async function prepareAndTest(args: readonly string[]): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "labferry-tests-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const env: Record<string, string> = { [PROGRAM_VARIABLE]: await bundleProgram(`${dir}/program`) };
  if (args.length > 0) return closed(await runTests(args, { env, dir }));
  if (!hasSoundTypes()) return closed({ code: 1, passed: 0, failed: 1, skipped: 0 });
  const browser = answers("chromium", ["--version"]) ? await browserForAll() : null;
  if (browser !== null) env[BROWSER_VARIABLE] = stack.use(browser).address;
  const all = await runEach(await writeGroups(await groupsOf(TESTS), dir), { env, dir });
  const failed = all.code === 0 ? null : failedTests(all);
  const late = failed && await passAlone(failed, { env, print: (text) => console.log(text) });
  if (!late) return closed(all);
  console.log(
    "\nFailed among all tests, and passed three times by themselves. Each is a fault to find:",
  );
  for (const { name } of late) console.log(`  ${name}`);
  const passed = all.passed + late.length;
  return closed({ ...all, code: 0, passed, failed: 0 });
}

/** Once for all, as each process of the runner would for itself. */
function hasSoundTypes(): boolean {
  const { success } = new Deno.Command(Deno.execPath(), {
    args: ["check", TESTS],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).outputSync();
  return success;
}

/** Null where none starts: then each test that needs one tries for itself, and says what happened. */
async function browserForAll() {
  try {
    return await launchChromium();
  } catch (error) {
    console.warn(`No browser for all tests: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Prints `12 passed, 0 failed, 3 skipped`; the exit code. */
function closed({ code, passed, failed, skipped }: Counted): number {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return code;
}
