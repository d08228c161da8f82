/** SIGKILL at each step of a delivery, as it can be seen from outside. */
import assert from "node:assert/strict";
import type { EventKind } from "../../lib/queue/mod.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import {
  assertUnharmed,
  finishInPeace,
  type KilledLab,
  killOnce,
  openKilledLab,
  runFiles,
  withQueue,
} from "./killed_lab.ts";

const FINISH_MS = 60_000;

/** Instants by what can be seen: an event of the run, or a file over there. */
type Seen = (killed: KilledLab, run: string) => boolean;

const event = (kind: EventKind): Seen => ({ lab }, run) =>
  withQueue(lab, (queue) => {
    const job = queue.jobs.byRun(run)!;
    return queue.timeline.last(job.id, [kind]) !== null;
  });

const far = (name: string, says = ""): Seen => ({ lab }, run) => {
  try {
    return Deno.readTextFileSync(`${lab.farRun(run)}/${name}`).includes(says);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
};

const STEPS: Readonly<Record<string, Seen>> = {
  claimed: event("claimed"),
  sealed: event("sealed"),
  "owner written over there": far(".exlab-wizard/transfer.json"),
  prepared: event("prepared"),
  "first file arrived": far("tiles/0.raw"),
  pushed: event("pushed"),
  "pass counted": event("pass_counted"),
  "record synced over there": far(".exlab-wizard/creation.json", `"synced"`),
  "manifest over there": far(".exlab-wizard/checksums.sha256"),
};
const ALL = Object.keys(STEPS);
const STEPS_OF: Readonly<Record<string, readonly string[]>> = {
  DISK_01: ALL,
  CLOUD_01: ["prepared", "pushed", "record synced over there"],
  SHELL_01: ["owner written over there", "pushed", "manifest over there"],
};

testWith(
  ["linux", "rclone", "rsync", "sshd", "sha256sum"],
  "the daemon survives SIGKILL at each step of a delivery",
  async (t) => {
    await using killed = await openKilledLab();
    for (const [equipment, steps] of Object.entries(STEPS_OF)) {
      for (const step of steps) {
        await t.step(`${equipment}: ${step}`, () => hitStep(killed, equipment, step));
      }
    }
    await finishInPeace(killed, FINISH_MS);
  },
);

const TRIES = 4;

/** Kills as soon as the step is seen; again with another run when the daemon was too quick. */
async function hitStep(killed: KilledLab, equipment: string, step: string): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const run = await killed.addRun(equipment, runFiles(killed.runs.length, 400_000));
    await killOnce(killed, async () => {
      await until(() => STEPS[step]!(killed, run), { everyMs: 1, what: `${step} of ${run}` });
    });
    await assertUnharmed(killed);
    const job = killed.jobs().find(({ runPath }) => runPath === run)!;
    if (job.state !== "verified") return;
  }
  assert.fail(`${TRIES} times the run was verified before the kill`);
}
