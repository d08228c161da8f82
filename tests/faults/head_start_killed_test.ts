/** SIGKILL while a run is sent ahead of its end: the seal makes it whole, and no far byte is lost. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { noise } from "../contract/stage.ts";
import { openControl } from "../../lib/daemon/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import { hasArrived, runDir, SENTINEL, SOON } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { seeded } from "../support/seeded.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

const SEED = 20260427;
const KILLS = 5;
const LATEST_KILL_MS = 500;

/** What was sent ahead, and what is on its way, as the queue knows it. */
function aheadOf(lab: Lab, run: string): { readonly there: number; readonly going: number } {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const going = queue.ahead.settled(run, { sinceMs: -1, limit: 100 }).length;
  return { there: queue.ahead.sumOf(run)?.files ?? 0, going };
}

/** rclone writes a file under its name, and it may be read in the middle of that. */
function isProvenIn(record: string): boolean {
  try {
    return JSON.parse(record).proven !== null;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function killed(type: TransportType): Promise<void> {
  const random = seeded(SEED);
  await using sshd = type === "rsync_ssh" ? await startSshd() : undefined;
  await using lab = await openLab({
    equipment: { PLATE_01: type },
    signals: { PLATE_01: [...SENTINEL, "head_start: true"] },
    syncYaml: SOON,
    // Slow enough for a kill to meet a transfer.
    transportYaml: "bandwidth: { upload_mbps: 8 }",
    ...(sshd ? { sshd } : {}),
  });
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = runDir(lab, "PLATE_01");
  await Deno.mkdir(run, { recursive: true });
  let files = 0;
  const add = async () => {
    await Deno.writeFile(join(run, `${files}.mrc`), noise(400_000 + files, files));
    files++;
  };
  const counts: number[] = [];
  let met = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await add();
    await add();
    const before = aheadOf(lab, run).there;
    await using daemon = await startLabDaemon(lab);
    // While files are on their way, or just after they were noted.
    await until(() => {
      const now = aheadOf(lab, run);
      return kill % 2 === 0 ? now.going > 0 : now.there > before;
    }, { what: "something to go ahead" });
    await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * LATEST_KILL_MS)));
    await daemon.kill();
    const { there, going } = aheadOf(lab, run);
    counts.push(there);
    met += going;
    // It counts for nothing, wherever the kill met it.
    assert.equal(await isThere(join(lab.farRun(run), ".exlab-wizard/checksums.sha256")), false);
    // One that went is written to again.
    if (kill === 2) await Deno.writeFile(join(run, "0.mrc"), noise(400_001, 99));
  }
  await Deno.writeTextFile(join(run, "done.flag"), "");
  // Once more, while its books are closed: the head start is over, and the manifest is there or is not.
  {
    await using daemon = await startLabDaemon(lab);
    const record = join(lab.farRun(run), ".exlab-wizard/head_start.json");
    await until(async () => isProvenIn(await Deno.readTextFile(record)), {
      what: "the head start to be over",
      everyMs: 1,
      limitMs: 60_000,
    });
    await daemon.kill();
  }
  await using _daemon = await startLabDaemon(lab);
  await until(() => hasArrived(lab, run), { what: "the run to be proven" });
  await assertProven(lab.farRun(run));
  await assertSameRun(run, lab.farRun(run));
  using control = await openControl(lab.config, lab.stateDir);
  const [job] = await control.control.jobs({});
  assert.deepEqual([job!.attempts, job!.verification?.extra], [0, []]);
  assert.ok(counts.at(-1)! > 0 && met > 0, `no kill met a transfer: ${counts}, ${met}`);
}

const WHAT = `a head start survives SIGKILL at ${KILLS} instants (seed ${SEED})`;
testWith(["linux"], `${WHAT}: over a mount`, () => killed("mount"));
testWith(["linux", "rclone"], `${WHAT}: by rclone`, () => killed("rclone"));
testWith(["linux", "rsync", "sshd"], `${WHAT}: by rsync`, () => killed("rsync_ssh"));
