/** What other PCs push to this one is found, waited for, sent and proven like any other run. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { markDestination } from "../../lib/cli/destination.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { withReceived } from "../../lib/staging/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 60_000;

async function openStation(
  { hasTransport = true }: { readonly hasTransport?: boolean } = {},
): Promise<{ lab: Lab; staging: string; nas: string } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-station-"));
  const [staging, nas] = [dir.join("staging"), dir.join("nas")];
  await Deno.mkdir(staging);
  const lab = stack.use(
    await openLab({
      syncYaml: "scan_seconds: 1, settle_seconds: 0",
      moreYaml: [
        "orchestrator:",
        `  staging_root: ${JSON.stringify(staging)}`,
        ...(hasTransport ? [`  transport: { type: mount, path: ${JSON.stringify(nas)} }`] : []),
      ].join("\n"),
    }),
  );
  const kept = stack.move();
  return { lab, staging, nas, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A run as ExLab-Wizard pushes it: its record with the orchestrator's block, its data. */
async function receive(
  staging: string,
  { equipment, block, files }: {
    readonly equipment: string;
    readonly block?: Record<string, unknown>;
    readonly files: Readonly<Record<string, string>>;
  },
): Promise<string> {
  const run = join(staging, equipment, "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
  const all = { ...files };
  if (block) all[".exlab-wizard/creation.json"] = JSON.stringify(creation(run, block));
  for (const [name, text] of Object.entries(all)) {
    await Deno.mkdir(dirname(join(run, name)), { recursive: true });
    await Deno.writeTextFile(join(run, name), text);
  }
  return run;
}

function creation(run: string, block: Record<string, unknown>): Record<string, unknown> {
  return {
    schema_version: "1.9",
    created_at: "2026-04-17T14:32:00Z",
    created_by: "asmith",
    level: "run",
    run_kind: "experimental",
    lims_project: { uid: "", short_id: "PROJ-0042", name_at_creation: "Cortex Q3" },
    template: { name: "none", version: "1", source_path: "" },
    variables: {},
    paths: { local: run, nas: "//nas01/lab" },
    orchestrator: { enabled: true, host: "labpc-04", label: "Station 1", ...block },
  };
}

async function markReceived(lab: Lab): Promise<void> {
  await markDestinations(lab);
  const known = new KnownDestinations(lab.stateDir.path);
  const { signal } = new AbortController();
  for (const equipment of (await withReceived(lab.config)).equipment) {
    await markDestination(equipment, { known, stateDir: lab.stateDir, signal });
  }
}

function untilVerified(daemon: RunningDaemon, run: string): Promise<void> {
  return until(async () => {
    const job = (await daemon.control.jobs({})).find(({ run_path }) => run_path === run);
    assert.notEqual(job?.state, "failed", JSON.stringify(job));
    return job?.state === "verified";
  }, { what: `${run} to be proven`, limitMs: LIMIT_MS });
}

Deno.test("a received run of an equipment that is not configured goes below orchestrator.transport", async () => {
  await using station = await openStation();
  const { lab, staging, nas } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: {
      equipment_label: "Sequencer 7",
      completeness_signal: "sentinel_file",
      sentinel_filename: "done.flag",
    },
    files: { "a/b.dat": "alpha" },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  // Its own record says what it waits for, not this PC's configuration.
  await until(
    async () =>
      (await daemon.control.status()).acquiring.some(({ waits_for }) => waits_for === "done.flag"),
    { what: "the run to be seen", limitMs: LIMIT_MS },
  );
  await Deno.writeTextFile(join(run, "done.flag"), "");
  await untilVerified(daemon, run);
  await assertProven(join(nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32"));
});

Deno.test("an equipment whose first run arrives while the service runs is looked after too", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" },
    files: { "a.dat": "alpha", "done.flag": "" },
  });
  await markReceived(lab);
  await daemon.control.retryAll();
  await untilVerified(daemon, run);
});

Deno.test("a run of a configured equipment is received into the same destination as its own", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  await markReceived(lab);
  const own = await lab.makeRun({ "a.dat": "alpha" }, { leaf: "Run_2026-04-18T09-00" });
  const run = await receive(staging, {
    equipment: "PLATE_01",
    block: { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" },
    files: { "b.dat": "beta", "done.flag": "" },
  });
  for (let start = 0; start < 2; start++) {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(own);
    await untilVerified(daemon, run);
    await untilVerified(daemon, own);
  }
  await assertProven(
    join(lab.farBase("PLATE_01"), "Cortex Q3", "Runs", "Run_2026-04-17T14-32"),
  );
});

Deno.test("what another labferry pushed without a marker is complete with its manifest", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: {},
    files: { ".exlab-wizard/transfer.json": "{}", "a.dat": "alpha", "b.dat": "beta" },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(
    async () =>
      (await daemon.control.status()).acquiring.some(({ waits_for }) =>
        waits_for === "the manifest of the PC that pushes it"
      ),
    { what: "the run to be seen", limitMs: LIMIT_MS },
  );
  const hash = "0".repeat(64);
  await Deno.writeTextFile(
    join(run, ".exlab-wizard/checksums.sha256"),
    `${hash}  a.dat\n${hash}  b.dat\n`,
  );
  await untilVerified(daemon, run);
});

Deno.test("received runs without a place to go are shown and left where they are", async () => {
  await using station = await openStation({ hasTransport: false });
  const { lab, staging } = station;
  await receive(staging, { equipment: "SEQ_07", files: { "a.dat": "alpha" } });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(
    async () =>
      (await daemon.control.status()).roots.some(({ equipment_id, fault }) =>
        equipment_id === "SEQ_07" && /neither names it nor/.test(fault ?? "")
      ),
    { what: "the folder to be told of", limitMs: LIMIT_MS },
  );
  await until(
    async () => (await daemon.control.problems()).problems.some(({ code }) => code === "no_place"),
    { what: "the audit to tell of it", limitMs: LIMIT_MS },
  );
  assert.deepEqual(await daemon.control.jobs({}), []);
});
