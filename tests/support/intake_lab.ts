/** What tests of the scanner look at: runs as an instrument writes them, and what became of them. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import type { JobView } from "../../lib/control/mod.ts";
import type { RunningDaemon } from "../../lib/daemon/mod.ts";
import { Queue, type SeenRow } from "../../lib/queue/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import type { Lab } from "./lab.ts";
import { until } from "./until.ts";

export const SOON = "scan_seconds: 1, settle_seconds: 0";
export const SENTINEL = ["completeness_signal: sentinel_file", "sentinel_filename: done.flag"];
export const LIMIT_MS = 60_000;

export function runDir(lab: Lab, equipment: string, leaf = "Run_2026-04-17T14-32"): string {
  return join(lab.dataRoot, equipment, "Cortex Q3", "Runs", leaf);
}

export async function write(run: string, name: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(join(run, name)), { recursive: true });
  await Deno.writeTextFile(join(run, name), text);
}

/** Whoever answers: the service in this process, or over HTTP. */
type Asked = { readonly control: Pick<RunningDaemon["control"], "jobs"> };

export async function jobOf(daemon: Asked, run: string): Promise<JobView | null> {
  return (await daemon.control.jobs({})).find(({ run_path }) => run_path === run) ?? null;
}

export async function untilProven(
  daemon: Asked,
  run: string,
  generation = 1,
): Promise<void> {
  await until(async () => {
    const job = await jobOf(daemon, run);
    assert.notEqual(job?.state, "failed", JSON.stringify(job));
    return job?.state === "verified" && job.generation >= generation;
  }, { what: `${run} to be proven`, limitMs: LIMIT_MS });
}

/** True once the far manifest is there, which is written last; for a service in another process. */
export async function hasArrived(lab: Lab, run: string): Promise<boolean> {
  return await isThere(join(lab.farRun(run), ".exlab-wizard/checksums.sha256"));
}

/** What is known of a run that is not in the queue as it is now. */
export async function waitingOf(lab: Lab, run: string): Promise<SeenRow | undefined> {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  return await Promise.resolve(queue.seen.waiting(100).find(({ runPath }) => runPath === run));
}
