/** What `status` and `history` say of runs that are not simply safe, and of what a newer labferry wrote. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { CODES } from "../../lib/base/mod.ts";
import { acquiringLine, acquiringText, statusText } from "../../lib/cli/status.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { beginRecordFolder } from "../../lib/intake/record_folders.ts";
import { type NewJob, Queue } from "../../lib/queue/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

const ACQUIRED = {
  run_path: "/data/Run_1",
  data_path: "/data/Run_1",
  equipment_id: "PLATE_01",
  phase: "acquiring",
  since: "2026-04-17T14:32:00.000Z",
  changed_at: "2026-04-17T14:32:00.000Z",
  files: 1,
  bytes: 1,
  waits_for: "the sentinel",
  dismissed: null,
  existing: false,
  ahead: null,
} as const;

function enqueue(lab: Lab, runPath: string, more: Partial<NewJob> = {}): void {
  using queue = Queue.open(lab.stateDir.queueFile);
  const about = { equipmentId: "PLATE_01", destination: "/nas", farDir: "P/Runs/Run_1" };
  queue.jobs.enqueue({ runPath, ...about, ...more });
}

Deno.test("labferry status calls no cleaned run safe that only its record vouches for", async () => {
  await using lab = await openLab();
  const at = "2026-04-17T14:32:00.000Z";
  enqueue(lab, "/data/taken", { cleaned: { deletionStartedAt: at, scrubDueAt: at } });
  const { stdout } = await labferry(lab, ["status"]);
  assert.match(stdout, /^Runs: 1 local copy gone, far copy not proven since$/m);
  assert.doesNotMatch(stdout, /safe/);
  const one = await labferry(lab, ["status", "/data/taken"]);
  assert.match(one.stdout, /^state +local copy gone, far copy not proven since$/m);
  assert.match(one.stdout, /^next look +2026-04-17T14:32:00.000Z$/m);
  const history = await labferry(lab, ["history", "/data/taken"]);
  assert.match(history.stdout, /found again in the records, not proven since/);
});

Deno.test("labferry status says when proven runs wait too long for their next comparison", async () => {
  await using lab = await openLab();
  const at = "2026-04-17T14:32:00.000Z";
  enqueue(lab, "/data/gone", { cleaned: { deletionStartedAt: at, scrubDueAt: at } });
  const late = await labferry(lab, ["status"]);
  assert.match(
    late.stdout,
    /^1 proven run waits for the next comparison since 2026-04-17T14:32:00.000Z: what is to be read again is more than there is time for\.$/m,
  );
  const json = (await labferry(lab, ["status", "--json"])).json();
  assert.deepEqual(json.overdue_passes, { runs: 1, since: at });
  {
    using raw = new DatabaseSync(lab.stateDir.queueFile);
    const soon = new Date(Date.now() - 3_600_000).toISOString();
    raw.exec(`UPDATE jobs SET next_attempt_at = '${soon}'`);
  }
  const intime = await labferry(lab, ["status"]);
  assert.doesNotMatch(intime.stdout, /next comparison since/);
});

Deno.test("labferry status says of a service that it is another version than the command", async () => {
  await using lab = await openLab();
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const view = await daemon.control.status();
  assert.match(statusText(view), /^No runs yet\.$/m);
  assert.doesNotMatch(statusText(view), /restart/);
  const acquiring = { ...view, acquiring: [ACQUIRED] };
  assert.match(statusText(acquiring), /^No run is taken yet\.$/m);
  const older = { ...view, daemon: { ...view.daemon!, version: "0.0.9" } };
  assert.match(
    statusText(older),
    /^labferry 0\.0\.9, process .*\n {2}This command is labferry \d\S+: restart the service/,
  );
});

Deno.test("what an instrument calls its files and runs does not drive the terminal of who asks", () => {
  const sign = "\u001b[2J";
  const run = {
    ...ACQUIRED,
    run_path: `/data/Run_1${sign}`,
    data_path: `/data/Run_1${sign}\n`,
    waits_for: `a${sign}b to be closed by process 7`,
  };
  const line = acquiringLine(run);
  assert.equal(line.includes("\u001b") || line.includes("\n"), false);
  assert.match(line, /^\/data\/Run_1�\[2J \(its files are in .*closed by process 7$/);
  assert.equal(acquiringText(run).includes(sign), false);
});

Deno.test("labferry why of a run that waits its turn leaves room for the hours in which nothing is sent", async () => {
  await using lab = await openLab({ transportYaml: "bandwidth: { upload_mbps: 0 }" });
  const run = await lab.makeRun({ "a.dat": "alpha" });
  enqueue(lab, run);
  const { code, stdout, stderr } = await labferry(lab, ["why", run]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /It waits for a free place, or for the hours .*\n.*`bandwidth`/);
});

Deno.test("labferry shows a code and a kind that only a newer labferry knows as they are", async () => {
  await using lab = await openLab();
  const run = await lab.makeRun({ "a.dat": "alpha" });
  enqueue(lab, run);
  {
    using raw = new DatabaseSync(lab.stateDir.queueFile);
    raw.exec(`UPDATE jobs SET state = 'failed', last_error_code = 'half_thawed',
      last_error_message = 'it is warm'`);
    raw.exec("UPDATE job_events SET kind = 'heated_up'");
  }
  const { code, stdout } = await labferry(lab, ["status", run]);
  assert.equal(code, 0);
  assert.match(stdout, /^state +NEEDS ATTENTION$/m);
  assert.match(stdout, /^last error +it is warm \(half_thawed\)$/m);
  assert.ok(stdout.includes(CODES.unknown.advice), stdout);
  const json = (await labferry(lab, ["status", run, "--json"])).json();
  assert.equal(json.last_error.code, "half_thawed");
  assert.match((await labferry(lab, ["history", run])).stdout, /heated up/);
});

Deno.test("labferry run list names runs that are files, whose records lie in the state directory", async () => {
  await using lab = await openLab();
  const { path: stateDir } = lab.stateDir;
  const own = await lab.makeRun({ "a.dat": "alpha" });
  const filed = await beginRecordFolder({
    stateDir,
    equipmentId: "PLATE_01",
    project: "Cortex Q3",
    kind: "experimental",
    leaf: null,
    name: "blank",
    folder: lab.dataRoot,
    members: { match: "*.raw", group: "stem", key: "blank" },
    now: new Date("2026-04-17T14:32:00Z"),
  });
  const { runs } = (await labferry(lab, ["run", "list", "--json"])).json();
  assert.deepEqual(
    runs.map((run: { run_path: string }) => run.run_path).toSorted(),
    [own, filed].toSorted(),
  );
});

Deno.test("a run whose only copy is damaged is told with its files, and with what helps it", async () => {
  await using lab = await openLab();
  const at = "2026-04-17T14:32:00.000Z";
  enqueue(lab, "/data/taken", { cleaned: { deletionStartedAt: at, scrubDueAt: at } });
  {
    using raw = new DatabaseSync(lab.stateDir.queueFile);
    const verification = {
      strength: "read_back",
      matched: 1,
      mismatched: ["raw/b"],
      missing: ["raw/c"],
      extra: [],
      skipped: [],
      notes: [],
    };
    raw.prepare(
      `UPDATE jobs SET alarm_code = 'far_copy_damaged', alarm_since = ?, alarm_files = 2, verification = ?`,
    ).run(at, JSON.stringify(verification));
  }
  for (const command of ["status", "why"]) {
    const { stdout } = await labferry(lab, [command, "/data/taken"]);
    assert.match(stdout, /labferry verify RUN.*labferry restore RUN/, command);
    assert.doesNotMatch(
      stdout,
      /on this PC|retry RUN`/i,
      "no copy is here, and a retry is refused",
    );
    assert.match(stdout, /lost for good, `labferry retry RUN --accept-missing/);
    if (command === "why") continue;
    assert.match(stdout, /^damaged +2 files \("raw\/b", "raw\/c"\), since 2026-04-17/m);
  }
});
