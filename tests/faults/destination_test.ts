/** The destination goes away under a transfer: unmounted, full, killed. Its runs wait, uncharged. */
import assert from "node:assert/strict";
import { daemonControl } from "../../lib/daemon/mod.ts";
import type { Control, JobView } from "../../lib/control/mod.ts";
import { exists, filesBelow, noise } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import { type Lab, type LabOptions, openLab } from "../support/lab.ts";
import { type DaemonProcess, labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { withToken } from "../support/processes.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

const SLOW = "bandwidth: { upload_mbps: 16 }";
/** Ten seconds where the computer does little else. */
const STOP_LIMIT_MS = 15_000;

interface Service extends AsyncDisposable {
  readonly lab: Lab;
  readonly daemon: DaemonProcess;
  readonly control: Control;
}

async function openService(options: LabOptions): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openLab(options));
  const marked = await labferry(lab, ["destination", "init"]);
  assert.equal(marked.code, 0, marked.stderr);
  const daemon = stack.use(await startLabDaemon(lab));
  const control = await daemonControl(lab.stateDir);
  const kept = stack.move();
  return { lab, daemon, control, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Waits until the run is held for its destination, and has been charged nothing. */
async function isHeldForDestination({ control, daemon }: Service, run: string): Promise<JobView> {
  await until(async () => (await control.job(run)).hold === "destination", {
    what: () => `the hold; the daemon said ${daemon.stderr()}`,
  });
  const job = await control.job(run);
  assert.deepEqual([job.state === "failed", job.attempts], [false, 0]);
  return job;
}

async function isVerified({ control, daemon }: Service, run: string): Promise<void> {
  await until(async () => (await control.job(run)).state === "verified", {
    limitMs: 30_000,
    what: () => `${run} verified; the daemon said ${daemon.stderr()}`,
  });
  assert.equal((await control.job(run)).attempts, 0);
}

async function isUnderWay({ lab }: Service, run: string): Promise<void> {
  const far = lab.farRun(run);
  await until(async () => await exists(far) && (await filesBelow(far)).some(isPart), {
    what: `${run} to be under way`,
  });
}

const isPart = (path: string) => /\.part$|\.partial|rsync|big\.raw/.test(path);

testWith(
  ["tmpfs"],
  "the daemon writes nothing below a share that was unmounted under way",
  async () => {
    await using nas = await smallDisk(64 * 1024);
    await using service = await openService({
      farBases: { PLATE_01: nas.join("lab") },
      transportYaml: SLOW,
    });
    const run = await service.lab.makeRun({ "big.raw": noise(12_000_000, 1) });
    await service.control.enqueue(run);
    await isUnderWay(service, run);
    nas.unmount();
    const { last_error: error } = await isHeldForDestination(service, run);
    assert.match(error!.code, /^(destination_identity|destination_unmarked|unreachable)$/);
    assert.deepEqual(await filesBelow(nas.path), [], "something was written below the mount point");
  },
);

testWith(
  ["tmpfs", "sha256sum"],
  "the daemon waits for room on a full NAS, and goes on",
  async () => {
    await using nas = await smallDisk(8 * 1024);
    await using service = await openService({ farBases: { PLATE_01: nas.join("lab") } });
    await Deno.writeFile(nas.join("somebody else's"), noise(4_000_000, 2));
    const run = await service.lab.makeRun({ "a.dat": "small", "big.raw": noise(5_000_000, 1) });
    await service.control.enqueue(run);
    const job = await isHeldForDestination(service, run);
    assert.equal(job.last_error?.code, "destination_full");
    assert.equal(await exists(`${service.lab.farRun(run)}/.exlab-wizard/checksums.sha256`), false);
    await Deno.remove(nas.join("somebody else's"));
    await service.control.retryAll();
    await isVerified(service, run);
    await assertProven(service.lab.farRun(run));
    assert.deepEqual((await filesBelow(nas.path)).filter((path) => path.includes("part")), []);
  },
);

testWith(
  ["rsync", "sshd", "sha256sum", "linux"],
  "the daemon waits for a NAS that lost its power under way, and resumes",
  async () => {
    await using stack = new AsyncDisposableStack();
    const sshd = stack.use(await startSshd());
    const service = stack.use(
      await openService({ equipment: { SHELL_01: "rsync_ssh" }, sshd, transportYaml: SLOW }),
    );
    const run = await service.lab.makeRun({ "big.raw": noise(8_000_000, 1) });
    await service.control.enqueue(run);
    await isUnderWay(service, run);
    await sshd.kill();
    const job = await isHeldForDestination(service, run);
    assert.equal(job.last_error?.code, "unreachable");
    assert.deepEqual(await withToken(service.lab.stateDir.tokenPrefix), []);
    stack.use(backOnline(sshd));
    await until(() => answers(sshd.port), { what: "sshd to answer" });
    await service.control.retryAll();
    await isVerified(service, run);
    await assertSameRun(run, service.lab.farRun(run));
    await assertProven(service.lab.farRun(run));
  },
);

testWith(
  ["rclone", "rsync", "sshd", "linux"],
  "the daemon ends within ten seconds of SIGTERM under way, and leaves no program behind",
  async () => {
    await using sshd = await startSshd();
    await using service = await openService({
      equipment: { DISK_01: "mount", CLOUD_01: "rclone", SHELL_01: "rsync_ssh" },
      sshd,
      maxParallel: 3,
      transportYaml: SLOW,
    });
    const { lab, control, daemon } = service;
    for (const equipment of ["DISK_01", "CLOUD_01", "SHELL_01"]) {
      const run = await lab.makeRun({ "big.raw": noise(30_000_000, 1) }, { equipment });
      await control.enqueue(run);
    }
    for (const { run_path } of await control.jobs({})) await isUnderWay(service, run_path);
    const start = performance.now();
    daemon.signal("SIGTERM");
    const { code } = await daemon.ended;
    const tookMs = performance.now() - start;
    assert.equal(code, 0, daemon.stderr());
    assert.ok(tookMs < STOP_LIMIT_MS, `it took ${tookMs} ms`);
    assert.deepEqual(await withToken(lab.stateDir.tokenPrefix), []);
    const { jobs } = (await labferry(lab, ["queue", "list", "--json"])).json();
    for (const { state, attempts, last_error } of jobs) {
      assert.deepEqual([state, attempts, last_error], ["queued", 0, null]);
    }
  },
);

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** The same machine again: its keys, its port, its files. */
function backOnline({ knownHostsPath }: TestSshd): AsyncDisposable {
  const config = `${knownHostsPath.slice(0, knownHostsPath.lastIndexOf("/"))}/sshd_config`;
  const child = new Deno.Command("/usr/sbin/sshd", {
    args: ["-D", "-e", "-f", config],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}
