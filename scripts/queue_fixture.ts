/**
 * `deno run -A scripts/queue_fixture.ts TREE [--files] [--dismiss] [--existing] [--ahead]`: the queue that the
 * labferry checked out in TREE leaves, filled by its own service and command line and closed in good
 * order, as `tests/fixtures/queues/version-N.db.gz`. The four words add what that labferry knows:
 * runs that are files, runs left alone, runs that lay there before, files that go ahead of their run and
 * hashes that its instrument states.
 *
 * A version that is released gets one; its file is never made again.
 */
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { until } from "../tests/support/until.ts";

const { positionals, values } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    files: { type: "boolean", default: false },
    dismiss: { type: "boolean", default: false },
    existing: { type: "boolean", default: false },
    ahead: { type: "boolean", default: false },
  },
});
const [tree] = positionals;
if (tree === undefined) throw new Error("which checked-out labferry?");

/** The same each time: paths stand in the database. */
const BASE = "/tmp/labferry-fixture";
const CONFIG = join(BASE, "config.yaml");
const STATE = join(BASE, "state");
const DATA = join(BASE, "data");
const OLD = new Date("2026-04-17T14:32:11Z");

await Deno.remove(BASE, { recursive: true }).catch((error) => {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
});
await Deno.mkdir(DATA, { recursive: true });
const instrument = (id: string, rest: string) =>
  `  - { id: ${id}, label: ${id}, local_root: ${DATA}, nas_root: ${BASE}/nas,
      ${rest}, transport: { type: mount, path: ${BASE}/nas/${id} } }\n`;
const watched = `completeness_signal: quiet_period, quiet_minutes: 0.02`;
await Deno.writeTextFile(
  CONFIG,
  `equipment:
${instrument("PLATE_01", "completeness_signal: manual")}${
    instrument("FLOW_01", "completeness_signal: manifest, manifest_filename: run_manifest.json")
  }${
    values.files
      ? instrument(
        "MASS_01",
        `${watched}, intake: { watch: ["${BASE}/mass"], project: "Peptides", mode: adopt, ` +
          `run: { kind: files, match: "*.raw", group: stem } }`,
      )
      : ""
  }${
    values.existing
      ? instrument(
        "SCAN_01",
        `${watched}, intake: { watch: ["${BASE}/scans"], project: "Slides", mode: adopt, existing: new_only }`,
      )
      : ""
  }${
    values.ahead
      ? instrument("SEQ_01", "completeness_signal: manual, head_start: true, origin: [sidecars]")
      : ""
  }sync: { scan_seconds: 1, settle_seconds: 0 }
status: { port: 0 }
`,
);

async function labferry(...args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", join(tree!, "main.ts"), ...args],
    cwd: tree!,
    env: { LABFERRY_CONFIG: CONFIG, LABFERRY_STATE_DIR: STATE, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  console.error(`${args.join(" ")}: ${code} ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, OLD, OLD);
}

/** A run of the lab's own layout, with its records and files. */
async function newRun(
  equipment: string,
  leaf: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const project = equipment === "PLATE_01" ? "Cortex" : "Müller & Co";
  await labferry(
    ...["run", "new", "--equipment", equipment, "--project", project, "--operator", "asmith"],
    ...["--name", leaf],
  );
  const run = join(DATA, equipment, project, "Runs", leaf);
  for (const [name, text] of Object.entries(files)) await write(join(run, name), text);
  return run;
}

const status = async () => JSON.parse(await labferry("status", "--json"));
const send = (run: string) => labferry("enqueue", run, "--wait", "--json");

await Deno.mkdir(`${BASE}/mass`);
await write(`${BASE}/scans/slide_1/a.tif`, "a slide of long ago");
await labferry("destination", "init");
const daemon = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", "--quiet", join(tree, "main.ts"), "daemon", "--quiet"],
  cwd: tree,
  env: { LABFERRY_CONFIG: CONFIG, LABFERRY_STATE_DIR: STATE },
  stdin: "null",
}).spawn();
await until(async () => (await status()).daemon !== null, {
  what: "the service to be up",
  everyMs: 500,
});

const kept = await newRun("PLATE_01", "Run_2026-04-11T10-00", { "a.csv": "1,2\n", "b.csv": "3\n" });
await send(kept);
await labferry("pin", kept);
const grown = await newRun("PLATE_01", "Run_2026-04-12T10-00", { "a.csv": "1\n" });
await send(grown);
await write(join(grown, "b.csv"), "2\n");
await send(grown);
const lost = await newRun("PLATE_01", "Run_2026-04-13T10-00", { "a.csv": "1\n", "b.csv": "2\n" });
await send(lost);
await Deno.remove(join(lost, "b.csv"));
await labferry("verify", lost);
await send(await newRun("PLATE_01", "Run_2026-04-14T10-00", { "con.txt": "x" }));
const taken = await newRun("PLATE_01", "Run_2026-04-15T10-00", { "a.csv": "ours\n" });
await write(taken.replace(`${DATA}/`, `${BASE}/nas/`) + "/a.csv", "somebody else's\n");
await send(taken);
await labferry("pause", "--equipment", "FLOW_01");
const waits = await newRun("FLOW_01", "Run_2026-04-16T10-00", { "a.fcs": "1" });
await write(join(waits, "run_manifest.json"), '{"files":[{"path":"a.fcs","size":1}]}');
await labferry("enqueue", waits);
const cancelled = await newRun("FLOW_01", "Run_2026-04-17T10-00", { "a.fcs": "2" });
await labferry("enqueue", cancelled);
await labferry("cancel", cancelled);
const odd = await newRun("FLOW_01", "Run_2026-04-18T10-00", { "a.fcs": "3" });
await write(join(odd, "run_manifest.json"), "no manifest at all");
const isOdd = (one: { run_path: string; phase: string }) =>
  one.run_path === odd && one.phase === "odd";
await until(async () => (await status()).acquiring.some(isOdd), {
  what: "the odd run",
  everyMs: 500,
});
if (values.dismiss) await labferry("run", "dismiss", odd);
if (values.files) {
  await write(`${BASE}/mass/blank.raw`, "peaks");
  await write(`${BASE}/mass/sample_1.raw`, "more peaks");
  const isSafe = async () =>
    (await status()).jobs.filter((job: { equipment_id: string; state: string }) =>
      job.equipment_id === "MASS_01" && job.state === "verified"
    ).length === 2;
  await until(isSafe, { what: "the runs that are files", everyMs: 500, limitMs: 60_000 });
}
if (values.ahead) {
  const stated = { "a.bcl": "1\n", "a.bcl.md5": "b026324c6904b2a9cb4b88d6d61c81d1\n" };
  await send(await newRun("SEQ_01", "Run_2026-04-19T10-00", stated));
  const growing = await newRun("SEQ_01", "Run_2026-04-20T10-00", { "a.bcl": "grows" });
  const isAhead = async () =>
    (await status()).acquiring.some((one: { run_path: string; ahead?: { files: number } }) =>
      one.run_path === growing && one.ahead?.files === 1
    );
  await until(isAhead, { what: "a file to go ahead", everyMs: 500, limitMs: 60_000 });
}
await labferry("stop");
await daemon.status;

const path = join(STATE, "sync_queue.db");
let version: number;
{
  using db = new DatabaseSync(path, { readOnly: true });
  version = db.prepare("PRAGMA user_version").get()!["user_version"] as number;
  for (const row of db.prepare("SELECT run_path, state, hold FROM jobs").all()) {
    console.log(JSON.stringify(row));
  }
}
const into = new URL(`../tests/fixtures/queues/version-${version}.db.gz`, import.meta.url);
const bytes = gzipSync(await Deno.readFile(path), { level: 9 });
await Deno.writeFile(into, bytes, { createNew: true });
console.log(`version ${version}: ${bytes.length} bytes`);
await Deno.remove(BASE, { recursive: true });
