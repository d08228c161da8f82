/** What scripts rely on: exit codes, one JSON document on stdout and nothing else, the shapes of it. */
import assert from "node:assert/strict";
import { exists } from "../contract/stage.ts";
import { type Lab, openLab, writeFiles } from "../support/lab.ts";
import { type CliResult, labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { PROGRAM } from "../support/program.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };

/** The fields of a job that `interfaces.md` promises. */
const JOB_FIELDS = [
  "attempts",
  "bytes",
  "destination",
  "enqueued_at",
  "equipment_id",
  "files",
  "generation",
  "hold",
  "id",
  "last_error",
  "next_attempt_at",
  "run_path",
  "state",
  "verification",
  "verified_at",
  "verify_passes",
];
const VERIFICATION_FIELDS = ["extra", "matched", "mismatched", "missing", "skipped", "strength"];

function hasFields(value: Record<string, unknown>, fields: readonly string[]): void {
  const missing = fields.filter((field) => !(field in value));
  assert.deepEqual(missing, [], `missing in ${JSON.stringify(value)}`);
}

/** One failed `--json` command: the code, and an error document of the contract's shape. */
function isError(result: CliResult, exitCode: number, code: string): void {
  assert.equal(result.code, exitCode, result.stdout + result.stderr);
  const { error, ...rest } = result.json();
  assert.deepEqual(rest, {});
  assert.equal(error.code, code);
  assert.ok(typeof error.message === "string" && error.message.length > 0);
  for (const field of Object.keys(error)) {
    assert.ok(["code", "message", "path", "hint"].includes(field), field);
  }
}

async function markedLab(): Promise<Lab> {
  const lab = await openLab();
  const result = await labferry(lab, ["destination", "init", "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  const [first] = result.json().destinations;
  hasFields(first, ["equipment_id", "address", "uuid", "created"]);
  return lab;
}

Deno.test("labferry ends with 2 and says what it means when it is used wrongly", async () => {
  await using lab = await openLab();
  const wrong: readonly (readonly string[])[] = [
    ["teleport"],
    ["ship"],
    ["ship", lab.path],
    ["ship", lab.path, "--to", lab.join("nas"), "--bwlimit", "fast"],
    ["ship", lab.path, "--to", "user@host:relative"],
    ["ship", lab.join("not there"), "--to", lab.join("nas")],
    ["enqueue"],
    ["retry"],
    ["queue", "list", "--state", "lost"],
    ["destination", "init", "NOBODY_01"],
    ["status", "no-such-run"],
    ["record", "set", lab.configFile, "nonsense"],
    ["run", "new", "--equipment", "NOBODY_01", "--project", "P"],
  ];
  const results = await Promise.all(wrong.map((args) => labferry(lab, args)));
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    const told = `${wrong[i]!.join(" ")}: ${stdout}${stderr}`;
    assert.equal(code, 2, told);
    assert.equal(stdout, "", told);
    assert.match(stderr, /^labferry: /, told);
  }
});

Deno.test("labferry --json answers wrong usage with one error document on stdout", async () => {
  await using lab = await openLab();
  isError(await labferry(lab, ["status", "no-such-run", "--json"]), 2, "unknown_run");
  isError(await labferry(lab, ["ship", lab.join("no"), "--to", "/x", "--json"]), 2, "not_a_run");
  const broken = await Deno.readTextFile(lab.configFile);
  await Deno.writeTextFile(lab.configFile, `${broken}\nsync: { max_paralel: 2 }\n`);
  const result = await labferry(lab, ["config", "check", "--json"]);
  isError(result, 2, "config_invalid");
});

testWith(["sha256sum"], "labferry ship --json prints the receipt and nothing else", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  const result = await labferry(lab, ["ship", lab.join("scan"), "--to", lab.join("b"), "--json"]);
  assert.equal(result.code, 0, result.stderr);
  const receipt = result.json();
  hasFields(receipt, JOB_FIELDS);
  hasFields(receipt.verification, VERIFICATION_FIELDS);
  assert.deepEqual(
    [receipt.state, receipt.files, receipt.verify_passes, receipt.verification.strength],
    ["verified", 2, 1, "read_back"],
  );
});

Deno.test("labferry ship without --json speaks to people on stdout, errors on stderr with a hint", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  const good = await labferry(lab, ["ship", lab.join("scan"), "--to", lab.join("b")]);
  assert.equal(good.code, 0);
  assert.match(good.stdout, /^Safe: 2 files/);
  assert.match(good.stdout, /^ {2}note +on the same disk as the folder: .* is mounted$/m);
  assert.equal(good.stderr, "", "no progress bar where there is no terminal");
  const bad = await labferry(lab, [
    "ship",
    lab.join("scan"),
    "--to",
    "nobody@127.0.0.1:/x",
    "--ssh-port",
    "1",
  ]);
  assert.equal(bad.code, 4, bad.stderr);
  assert.match(bad.stderr, /^labferry: .+\n {2}hint: .+\n$/);
});

Deno.test("labferry ship ends with 4 where the destination is not the one it knew", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  const ship = () => labferry(lab, ["ship", lab.join("scan"), "--to", lab.join("b"), "--json"]);
  assert.equal((await ship()).code, 0);
  await Deno.remove(lab.join("b"), { recursive: true });
  isError(await ship(), 4, "unreachable");
  assert.equal(await exists(lab.join("b")), false, "nothing made the base again");
  await Deno.mkdir(lab.join("b"));
  isError(await ship(), 4, "destination_unmarked");
});

Deno.test("labferry ship ends with 1 on a conflict and with 3 at the gate", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  await writeFiles(lab.join("b/scan"), { "a.dat": "somebody else's" });
  const args = ["--to", lab.join("b"), "--init-destination", "--json"];
  isError(await labferry(lab, ["ship", lab.join("scan"), ...args]), 1, "destination_conflict");
  await writeFiles(lab.join("held"), { "con.txt": "reserved" });
  isError(await labferry(lab, ["ship", lab.join("held"), ...args]), 3, "gate_blocked");
});

testWith(
  ["linux"],
  "labferry ship ends with 130 when it is interrupted, and goes on later",
  async () => {
    await using lab = await openLab();
    await writeFiles(lab.join("scan"), { "big.raw": new Uint8Array(6_000_000) });
    const args = [
      "ship",
      lab.join("scan"),
      "--to",
      lab.join("b"),
      "--state-dir",
      lab.stateDir.path,
    ];
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...PROGRAM,
        ...args,
        "--bwlimit",
        "8",
      ],
      env: { ...lab.env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await until(() => exists(lab.join("b/scan")), { what: "the transfer" });
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    assert.equal((await labferry(lab, ["ship", lab.join("scan"), "--to", lab.join("b")])).code, 0);
  },
);

testWith(
  ["sha256sum"],
  "labferry takes a run from its making to its proof without a daemon",
  async () => {
    await using lab = await markedLab();
    const about = [
      "--equipment",
      "PLATE_01",
      "--project",
      "Cortex Q3",
      "--operator",
      "asmith",
      "--json",
    ];
    const made = (await labferry(lab, ["run", "new", ...about])).json();
    hasFields(made, ["run_path", "layout_path", "equipment_id"]);
    await writeFiles(made.run_path, FILES);
    const listed = (await labferry(lab, ["run", "list", "--json"])).json();
    assert.deepEqual(listed.runs.map((run: { run_path: string }) => run.run_path), [made.run_path]);
    const enqueued = (await labferry(lab, ["enqueue", made.run_path, "--json"])).json();
    hasFields(enqueued, JOB_FIELDS);
    assert.equal(enqueued.state, "queued");
    const waited = await labferry(lab, ["enqueue", made.run_path, "--wait", "--json"]);
    assert.deepEqual([waited.code, waited.json().state], [0, "verified"], waited.stderr);

    const status = (await labferry(lab, ["status", "--json"])).json();
    assert.equal(status.daemon, null);
    assert.equal(status.counts.verified, 1);
    hasFields(status.destinations[0], ["name", "state", "reason"]);
    hasFields(status.jobs[0], JOB_FIELDS);
    const one = (await labferry(lab, ["status", made.run_path, "--json"])).json();
    const shown = (await labferry(lab, ["queue", "show", one.id.slice(0, 8), "--json"])).json();
    assert.deepEqual(shown, one);
    const { events } = (await labferry(lab, ["history", one.id, "--json"])).json();
    assert.deepEqual([events[0].kind, events.at(-1).kind], ["enqueued", "verified"]);
    const local = await labferry(lab, ["verify", made.run_path, "--local", "--json"]);
    assert.equal(local.code, 0, local.stderr);
    assert.equal(local.json().matched, local.json().files);
    const again = (await labferry(lab, ["verify", made.run_path, "--json"])).json();
    assert.equal(again.verify_passes, 2);
  },
);

Deno.test("labferry record shows, checks and sets only what may change", async () => {
  await using lab = await markedLab();
  const run = await lab.makeRun(FILES);
  const file = `${run}/.exlab-wizard/creation.json`;
  const shown = (await labferry(lab, ["record", "show", file, "--json"])).json();
  assert.equal(shown.kind, "creation");
  assert.equal((await labferry(lab, ["record", "check", file, "--json"])).json().ok, true);
  assert.equal((await labferry(lab, ["record", "set", file, "sync_status=failed"])).code, 0);
  const before = await Deno.readTextFile(file);
  assert.match(before, /"sync_status": "failed"/);
  const refused = await labferry(lab, ["record", "set", file, "created_by=me", "--json"]);
  assert.notEqual(refused.code, 0);
  assert.ok(refused.json().error.code);
  assert.equal(await Deno.readTextFile(file), before);
  await Deno.writeTextFile(file, "{ not json");
  const damaged = await labferry(lab, ["record", "check", file, "--json"]);
  assert.equal(damaged.code, 1);
  assert.equal(damaged.json().ok, false);
});

Deno.test("labferry destination check ends with 4 when one of them is not what it should be", async () => {
  await using lab = await markedLab();
  const good = await labferry(lab, ["destination", "check", "--json"]);
  assert.deepEqual([good.code, good.json().destinations[0].ok], [0, true]);
  hasFields((await labferry(lab, ["destination", "show", "--json"])).json().destinations[0], [
    "equipment_id",
    "type",
    "address",
    "uuid",
  ]);
  await Deno.remove(`${lab.farBase("PLATE_01")}/.labferry-destination.json`);
  const bad = await labferry(lab, ["destination", "check", "--json"]);
  const [first] = bad.json().destinations;
  assert.deepEqual([bad.code, first.ok, first.code], [4, false, "destination_unmarked"]);
  const run = await lab.makeRun(FILES);
  isError(await labferry(lab, ["enqueue", run, "--wait", "--json"]), 4, "destination_unmarked");
});

Deno.test("labferry config path, show, schema and init print one document each", async () => {
  await using lab = await openLab();
  const path = (await labferry(lab, ["config", "path", "--json"])).json();
  assert.equal(path.path, lab.configFile);
  const shown = (await labferry(lab, ["config", "show", "--json"])).json();
  assert.equal(shown.equipment[0].id, "PLATE_01");
  const schema = (await labferry(lab, ["config", "schema"])).json();
  assert.ok(schema.properties.equipment);
  const fresh = { ...lab, configFile: lab.join("new/config.yaml") };
  assert.equal((await labferry(fresh, ["config", "init", "--json"])).json().path, fresh.configFile);
  isError(await labferry(fresh, ["config", "init", "--json"]), 1, "already_exists");
});

Deno.test("labferry talks to the daemon while one holds the state directory", async () => {
  await using lab = await markedLab();
  const run = await lab.makeRun(FILES);
  await using daemon = await startLabDaemon(lab);
  const waited = await labferry(lab, ["enqueue", run, "--wait", "--json"]);
  assert.deepEqual([waited.code, waited.json().state], [0, "verified"], waited.stderr);
  const status = (await labferry(lab, ["status", "--json"])).json();
  assert.equal(status.daemon.pid, daemon.pid);
  hasFields(status.daemon, ["pid", "version", "started_at", "url"]);
  isError(await labferry(lab, ["daemon", "--json"]), 1, "already_running");
  isError(await labferry(lab, ["queue", "rebuild", "--json"]), 1, "already_running");
  assert.equal((await labferry(lab, ["pause", "--equipment", "PLATE_01"])).code, 0);
  assert.deepEqual((await labferry(lab, ["status", "--json"])).json().paused, ["PLATE_01"]);
  isError(
    await labferry(lab, ["resume", "--equipment", "NOBODY_01", "--json"]),
    2,
    "unknown_equipment",
  );
});

Deno.test("labferry verify --local names what differs from the manifest, with no destination", async () => {
  await using lab = await markedLab();
  const run = await lab.makeRun(FILES);
  isError(await labferry(lab, ["verify", run, "--local", "--json"]), 1, "record_missing");
  assert.equal((await labferry(lab, ["enqueue", run, "--wait"])).code, 0);
  await Deno.remove(lab.farBase("PLATE_01"), { recursive: true });
  const [first, second] = Object.keys(FILES);
  await Deno.writeTextFile(`${run}/${first}`, "other bytes");
  await Deno.remove(`${run}/${second}`);
  const { code, json } = await labferry(lab, ["verify", run, "--local", "--json"]);
  const { changed, missing, files, matched } = json();
  assert.deepEqual([code, changed, missing], [1, [first], [second]]);
  assert.equal(matched, files - 2);
});

Deno.test("labferry enqueue --json says what the gate holds against a run, history who let it pass", async () => {
  await using lab = await markedLab();
  const run = await lab.makeRun({ ...FILES, "<sample>.tif": "x" });
  const held = await labferry(lab, ["enqueue", run, "--json"]);
  assert.equal(held.code, 3, held.stderr);
  const { blocking_findings, blocking_findings_total } = held.json();
  assert.equal(blocking_findings_total, 1);
  assert.equal(blocking_findings[0].rule, "unresolved_placeholder_token");
  assert.equal(blocking_findings[0].token, "<sample>");
  const given = await labferry(lab, [
    "override",
    "add",
    run,
    "--class",
    "unresolved_placeholder_token",
    "--operator",
    "asmith",
    "--reason",
    "vendor syntax",
  ]);
  assert.equal(given.code, 0, given.stderr);
  const { stdout } = await labferry(lab, ["history", run]);
  assert.match(stdout, /allowed to pass.*class unresolved_placeholder_token, operator asmith/);
});
