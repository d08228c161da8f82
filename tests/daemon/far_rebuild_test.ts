/** Runs that only the destination knows, after the queue was lost. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith, type Tool } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

const TYPES: Readonly<Record<TransportType, readonly Tool[]>> = {
  mount: [],
  rclone: ["rclone"],
  rsync_ssh: ["rsync", "sshd"],
};

for (const [type, tools] of Object.entries(TYPES) as [TransportType, readonly Tool[]][]) {
  testWith(
    tools,
    `a lost queue learns from the destination which runs are there only (${type})`,
    async () => {
      await using stack = new AsyncDisposableStack();
      const sshd = type === "rsync_ssh" ? { sshd: stack.use(await startSshd()) } : {};
      const lab = stack.use(await openLab({ equipment: { PLATE_01: type }, ...sshd }));
      assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
      const here = await lab.makeRun({ "a.dat": "alpha" });
      const gone = await lab.makeRun({ "b.dat": "beta" }, { project: "Gone With It" });
      const theirs = await lab.makeRun({ "c.dat": "gamma" });
      const torn = await lab.makeRun({ "d.dat": "delta" });
      const runs = [here, gone, theirs, torn];
      await proven(lab, runs);
      for (const run of [gone, theirs, torn]) await Deno.remove(run, { recursive: true });
      await Deno.remove(gone.replace(/[\\/]Runs[\\/].*$/, ""), { recursive: true });
      const transfer = (run: string) => `${lab.farRun(run)}/.exlab-wizard/transfer.json`;
      const record = JSON.parse(await Deno.readTextFile(transfer(theirs)));
      record.installation = crypto.randomUUID();
      await Deno.writeTextFile(transfer(theirs), JSON.stringify(record));
      await Deno.writeTextFile(transfer(torn), "{");
      // What was moved aside over there is nobody's run.
      await Deno.mkdir(`${lab.farBase("PLATE_01")}/.labferry-superseded/Runs/Run_1/.exlab-wizard`, {
        recursive: true,
      });
      await Deno.copyFile(
        transfer(gone),
        `${lab.farBase("PLATE_01")}/.labferry-superseded/Runs/Run_1/.exlab-wizard/transfer.json`,
      );
      Queue.setAside(lab.stateDir.queueFile);

      await using daemon = await startLabDaemon(lab);
      const log = () => Deno.readTextFileSync(lab.stateDir.logFile);
      await until(() => log().includes("that only the destination knew"), {
        what: () => `the far side to be looked at: ${log()}`,
      });
      {
        using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
        const known = queue.jobs.byRun(gone);
        assert.deepEqual([known?.state, known?.verifyPasses], ["cleaned", 0]);
        assert.equal(known?.farDir, gone.split(/[\\/]/).slice(-3).join("/"));
        assert.deepEqual([queue.jobs.byRun(theirs), queue.jobs.byRun(torn)], [null, null]);
        assert.ok(queue.jobs.byRun(here));
      }
      assert.match(log(), /whose .*Run_\S+ is cannot be read/);
      const status = (await labferry(lab, ["status", "--json"])).json();
      // Until the pass that follows has compared it, which may have been just now.
      using now = Queue.open(lab.stateDir.queueFile, { readOnly: true });
      const isCompared = now.jobs.byRun(gone)!.verifyPasses > 0;
      assert.ok(isCompared || status.not_proven === 1, `${status.not_proven} not proven`);
      await daemon.kill();
      await using _again = await startLabDaemon(lab);
      assert.equal(log().match(/that only the destination knew/g)?.length, 1);
    },
  );
}

Deno.test("a far file cannot make the service send a folder of its choosing", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await proven(lab, [run]);
  const secret = lab.join("secret");
  await Deno.mkdir(secret);
  await Deno.writeTextFile(`${secret}/key`, "nobody's business");
  const far = `${lab.farRun(run)}/.exlab-wizard/transfer.json`;
  const record = JSON.parse(await Deno.readTextFile(far));
  await Deno.writeTextFile(far, JSON.stringify({ ...record, source_path: secret }));
  Queue.setAside(lab.stateDir.queueFile);
  await using _daemon = await startLabDaemon(lab);
  const log = () => Deno.readTextFileSync(lab.stateDir.logFile);
  await until(() => log().includes("is not that run; left out"), { what: () => log() });
  using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
  assert.equal(queue.jobs.byRun(secret), null);
});

Deno.test("a data root that is not there makes no run gone, and the far side is asked again", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await proven(lab, [run]);
  Queue.setAside(lab.stateDir.queueFile);
  await Deno.rename(lab.dataRoot, `${lab.dataRoot}-unplugged`);
  await using _daemon = await startLabDaemon(lab);
  const log = () => Deno.readTextFileSync(lab.stateDir.logFile);
  await until(() => log().includes("looked for later"), { what: () => log() });
  using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
  assert.equal(queue.jobs.byRun(run), null);
  assert.equal(queue.meta.get("far_rebuilt_at PLATE_01"), null);
});

async function proven(lab: Lab, runs: readonly string[]): Promise<void> {
  await using daemon = await startLabDaemon(lab);
  for (const run of runs) assert.equal((await labferry(lab, ["enqueue", run])).code, 0);
  const states = () => {
    using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
    return runs.map((run) => queue.jobs.byRun(run)?.state);
  };
  await until(() => states().every((state) => state === "verified"), {
    limitMs: 60_000,
    everyMs: 50,
    what: () => `the runs: ${states()}\n${daemon.stderr()}`,
  });
}
