/**
 * How soon a run that is complete is taken, and what a service at rest costs that knows many runs:
 * `deno run -A scripts/bench/intake.ts --runs 500 --rounds 5`.
 *
 * Where the system gives no file events (`unshare --user --map-root-user sh -c 'echo 1 >
 * /proc/sys/user/max_inotify_watches; exec deno run …'`) it measures the scan instead; the service says
 * which of the two it was. With `--wait-for FILE` it rests, prepared, until that file is there.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { Queue } from "../../lib/queue/mod.ts";
import { runDir, SENTINEL, write } from "../../tests/support/intake_lab.ts";
import { type Lab, openLab } from "../../tests/support/lab.ts";
import { markDestinations } from "../../tests/support/marked.ts";
import { until } from "../../tests/support/until.ts";
import { median } from "./pair.ts";
import { startService } from "./service.ts";

const IDLE_SECONDS = 60;
/** Of `/proc/PID/stat`, on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;
const HOUR_MS = 3_600_000;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "500" },
      rounds: { type: "string", default: "5" },
      "scan-seconds": { type: "string", default: "30" },
      /** Known runs wait for their sentinel, instead of being proven first. */
      open: { type: "boolean", default: false },
      /** They are known for so long, and nothing happened in them, before it is measured. */
      "quiet-seconds": { type: "string", default: "0" },
      "wait-for": { type: "string" },
    },
  });
  await using lab = await openLab({
    signals: { PLATE_01: SENTINEL },
    syncYaml: `scan_seconds: ${values["scan-seconds"]}, settle_seconds: 0`,
  });
  await markDestinations(lab);
  const runs = Number(values.runs);
  for (let i = 0; i < runs; i++) {
    const run = runDir(lab, "PLATE_01", `Run_2026-01-01T00-00-${i + 2}`);
    await write(run, "a.dat", `run ${i}`);
    if (!values.open) await write(run, "done.flag", "");
  }
  await using service = await startService(lab, {
    name: "checkout",
    command: [Deno.execPath(), "run", "-A", new URL("../../main.ts", import.meta.url).pathname],
  });
  await until(() => Promise.resolve(knownIn(lab, values) >= runs), {
    what: `${runs} known runs`,
    limitMs: HOUR_MS,
    everyMs: 500,
  });
  const { "wait-for": file } = values;
  if (file) await until(() => exists(file), { what: file, limitMs: HOUR_MS });
  await pauseSeconds(Number(values["quiet-seconds"]));
  const before = ticksOf(service.pid);
  await pauseSeconds(runs > 0 ? IDLE_SECONDS : 0);
  const spent = (ticksOf(service.pid) - before) / TICKS_PER_SECOND;
  if (runs > 0) {
    const percent = 100 * spent / IDLE_SECONDS;
    console.log(
      `idle with ${runs} ${
        values.open ? "open" : "proven"
      } runs: ${spent} s in ${IDLE_SECONDS} s, ${percent.toFixed(2)} %`,
    );
  }
  const times: number[] = [];
  for (let i = 0; i < Number(values.rounds); i++) times.push(await sentinelTaken(lab, i));
  const hasEvents = !(await Deno.readTextFile(lab.stateDir.logFile)).includes("no file events");
  console.log(
    `sentinel to queue, ${hasEvents ? "with events" : "without events"}: median ${
      median(times).toFixed(0)
    } ms, longest ${Math.max(...times).toFixed(0)} ms of ${times.length}`,
  );
}

/** Milliseconds from the sentinel until the run is in the queue. */
async function sentinelTaken(lab: Lab, i: number): Promise<number> {
  const run = runDir(lab, "PLATE_01", `Run_2026-02-01T00-00-${i + 2}`);
  await write(run, "a.dat", "alpha");
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  await until(() => Promise.resolve(queue.seen.of(run) !== null), {
    what: `${run} to be seen`,
    limitMs: HOUR_MS,
  });
  // Not always at the same time after a scan.
  await new Promise((resolve) => setTimeout(resolve, 700 + 1_300 * i));
  const began = performance.now();
  await Deno.writeTextFile(join(run, "done.flag"), "");
  await until(() => Promise.resolve(queue.jobs.byRun(run) !== null), {
    what: `${run} to be taken`,
    limitMs: HOUR_MS,
    everyMs: 10,
  });
  return performance.now() - began;
}

function knownIn(lab: Lab, { open }: { readonly open: boolean }): number {
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  if (open) return queue.seen.waiting(5_000).filter(({ files }) => files > 0).length;
  return queue.jobs.list({ states: ["verified"], limit: 5_000 }).length;
}

/** Processor time of a process with all its threads. */
function ticksOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function pauseSeconds(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
