/** What a killed rebuild, and a reader before the first start, leave for the next start of the service. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { mutateCreation, recordPath } from "../../lib/records/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { until } from "../support/until.ts";
import { PROGRAM } from "../support/program.ts";

const RUNS = 300;

Deno.test("a rebuild that is killed, again and again, forgets no run", async () => {
  await using lab = await openLab({ moreYaml: "" });
  const runs = await handedOver(lab, RUNS);
  for (const after of [1, 100, 200]) {
    const daemon = startAndKill(lab);
    await until(() => countRuns(lab) > after, { everyMs: 1, what: `more than ${after} runs` });
    await daemon.kill();
  }
  const left = countRuns(lab);
  assert.ok(left > 0, "no kill met the rebuild");
  await using daemon = await startLabDaemon(lab);
  assert.equal(countRuns(lab), runs.length);
  await daemon.kill();
  const rebuilds = (await Deno.readTextFile(lab.stateDir.logFile)).match(/rebuilt the queue/g) ??
    [];
  assert.ok(rebuilds.length <= 1, `${rebuilds.length} rebuilds came to their end`);
  await using _again = await startLabDaemon(lab);
  const said = (await Deno.readTextFile(lab.stateDir.logFile)).match(/rebuilt the queue/g) ?? [];
  assert.equal(said.length, rebuilds.length, "a rebuild that came to its end is not made again");
});

Deno.test("a question makes neither a state directory nor a queue, and the service still rebuilds", async () => {
  await using lab = await openLab();
  const [run] = await handedOver(lab, 1);
  const never = lab.join("never");
  for (const command of [["status"], ["queue", "list"], ["destination", "show"]]) {
    const asked = await labferry(
      lab,
      [...command, "--config", lab.configFile, "--state-dir", never],
      { bare: true },
    );
    assert.equal(asked.code, 0, asked.stderr);
    await assert.rejects(Deno.stat(never), Deno.errors.NotFound);
    const here = await labferry(lab, command);
    assert.equal(here.code, 0, here.stderr);
    await assert.rejects(Deno.stat(lab.stateDir.queueFile), Deno.errors.NotFound);
  }
  const status = await labferry(lab, ["status"]);
  assert.match(status.stderr, /there is no queue yet, or it was lost/);
  // What an older labferry's `status` left behind passes for no queue.
  Queue.open(lab.stateDir.queueFile)[Symbol.dispose]();
  await using _daemon = await startLabDaemon(lab);
  using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
  assert.ok(queue.jobs.byRun(run!), "the run was forgotten");
});

/** Runs whose records say that they were once handed over. Their destination is not there. */
async function handedOver(lab: Lab, count: number): Promise<string[]> {
  const first = await lab.makeRun({ "a.dat": "alpha" });
  await mutateCreation(
    recordPath(first, "creation.json"),
    (creation) => ({ ...creation, sync_status: "synced" as const }),
  );
  const runs = [first];
  for (let i = 1; i < count; i++) {
    const run = first.replace(/Run_.*$/, `Run_2026-04-18T00-${String(i).padStart(3, "0")}`);
    await Deno.mkdir(`${run}/.exlab-wizard`, { recursive: true });
    for (const name of ["a.dat", ".exlab-wizard/creation.json"]) {
      await Deno.copyFile(`${first}/${name}`, `${run}/${name}`);
    }
    runs.push(run);
  }
  return runs;
}

/** The daemon, not waited for: it is to die while it starts. */
function startAndKill(lab: Lab): { kill(): Promise<void> } {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...PROGRAM,
      "daemon",
      "--config",
      lab.configFile,
      "--state-dir",
      lab.stateDir.path,
    ],
    env: { ...lab.env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    async kill() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function countRuns(lab: Lab): number {
  try {
    using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
    return Object.values(queue.jobs.counts()).reduce((sum, count) => sum + count, 0);
  } catch (error) {
    // Before the daemon has made it, or has brought it to its version.
    if (
      ["queue_missing", "queue_older", "queue_foreign", "queue_locked"].includes(
        (error as { code?: string }).code ?? "",
      )
    ) return 0;
    throw error;
  }
}
