/** A lab whose daemon is killed again and again, and what has to be true of it in between. */
import assert from "node:assert/strict";
import { openControl } from "../../lib/daemon/mod.ts";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { noise } from "../contract/stage.ts";
import { assertProven, assertSameRun, syncStatus } from "../support/far_proof.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { withToken } from "../support/processes.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

export const EQUIPMENT = { DISK_01: "mount", CLOUD_01: "rclone", SHELL_01: "rsync_ssh" } as const;

/** Slow enough for a kill to meet a transfer, in megabits per second. */
const UPLOAD_MBPS = 40;

export interface KilledLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly runs: string[];
  /** Makes a run, and enqueues it while no daemon is up. */
  addRun(equipment: string, files: Record<string, Uint8Array>): Promise<string>;
  /** Enqueues a run again, as a person who changed it does. */
  enqueueAgain(run: string): Promise<void>;
  jobs(): Job[];
}

export async function openKilledLab(): Promise<KilledLab> {
  await using stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd());
  const lab = stack.use(
    await openLab({
      equipment: EQUIPMENT,
      sshd,
      maxParallel: 3,
      transportYaml: `bandwidth: { upload_mbps: ${UPLOAD_MBPS} }`,
    }),
  );
  const marked = await labferry(lab, ["destination", "init"]);
  assert.equal(marked.code, 0, marked.stderr);
  const runs: string[] = [];
  Queue.open(lab.stateDir.queueFile)[Symbol.dispose]();
  const enqueue = async (run: string) => {
    using opened = await openControl(lab.config, lab.stateDir);
    await opened.control.enqueue(run);
  };
  const kept = stack.move();
  return {
    lab,
    runs,
    async addRun(equipment, files) {
      const run = await lab.makeRun(files, { equipment });
      runs.push(run);
      await enqueue(run);
      return run;
    },
    enqueueAgain: enqueue,
    jobs: () => withQueue(lab, (queue) => queue.jobs.list({ limit: 1000 })),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export const BIG_FILE = "stack 1.tif";

export function runFiles(seed: number, sizeBytes: number): Record<string, Uint8Array> {
  const small = Array.from({ length: 12 }, (_, i) => [`tiles/${i}.raw`, noise(1_000, seed + i)]);
  return Object.fromEntries([[BIG_FILE, noise(sizeBytes, seed)], ...small]);
}

export function withQueue<T>(lab: Lab, ask: (queue: Queue) => T): T {
  using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
  return ask(queue);
}

/**
 * Kills every daemon at an instant `when` chooses. Afterwards: what an old daemon left running is
 * gone before the new one works.
 */
export async function killOnce(
  { lab }: KilledLab,
  when: () => Promise<void>,
): Promise<{ readonly leftovers: number }> {
  const before = await withToken(lab.stateDir.tokenPrefix);
  const daemon = await startLabDaemon(lab);
  // The address is written after leftovers were ended: none of the old ones may live now.
  const old = new Set(before.map(({ pid }) => pid));
  const alive = (await withToken(lab.stateDir.tokenPrefix)).filter(({ pid }) => old.has(pid));
  assert.deepEqual(alive, [], "programs of a killed daemon run beside the new one");
  try {
    await when();
  } finally {
    await daemon.kill();
  }
  return { leftovers: (await withToken(lab.stateDir.tokenPrefix)).length };
}

/** No record is damaged, no attempt was charged, nothing has failed. */
export async function assertUnharmed({ lab, runs, jobs }: KilledLab): Promise<void> {
  for (const run of runs) await readCreation(recordPath(run, RECORD_FILES.creation));
  for (const job of jobs()) {
    assert.notEqual(job.state, "failed", `${job.runPath}: ${JSON.stringify(job.lastError)}`);
    assert.equal(job.attempts, 0, `${job.runPath} was charged: ${JSON.stringify(job.lastError)}`);
    if (job.state === "verified") await assertProven(lab.farRun(job.runPath));
  }
}

/** One daemon that is left alone takes everything to its end. */
export async function finishInPeace(killed: KilledLab, limitMs: number): Promise<void> {
  const { lab, runs, jobs } = killed;
  await using daemon = await startLabDaemon(lab);
  await until(() => jobs().every(({ state }) => state === "verified" || state === "failed"), {
    limitMs,
    everyMs: 100,
    what: () =>
      `all runs; ${JSON.stringify(jobs().map(({ state, lastError }) => [state, lastError]))}`,
  });
  daemon.signal("SIGTERM");
  assert.equal((await daemon.ended).code, 0, daemon.stderr());
  await assertUnharmed(killed);
  for (const run of runs) {
    const far = lab.farRun(run);
    await assertProven(far);
    await assertSameRun(run, far);
    assert.deepEqual([await syncStatus(run), await syncStatus(far)], ["synced", "synced"]);
  }
  for (const { runPath, verification, files } of jobs()) {
    assert.deepEqual([runPath, verification?.extra], [runPath, []]);
    assert.equal(verification?.matched, files);
  }
  assert.equal(withQueue(lab, (queue) => queue.integrityFault()), null);
  assert.deepEqual(await withToken(lab.stateDir.tokenPrefix), []);
  assert.deepEqual([...Deno.readDirSync(lab.stateDir.scratchDir)].map(({ name }) => name), []);
}
