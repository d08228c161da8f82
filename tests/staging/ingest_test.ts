/** ingest.json tells how far a received run has come: here and on the NAS, also after a stop. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { loadConfig } from "../../lib/config/mod.ts";
import { newRun } from "../../lib/intake/mod.ts";
import {
  type Ingest,
  readCreation,
  readIngest,
  RECORD_FILES,
  recordPath,
} from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import {
  LIMIT_MS,
  markReceived,
  openStation,
  receive,
  type Station,
  untilVerified,
} from "./station.ts";

const FILES = { "a/b.dat": "alpha", "c.dat": "beta", "done.flag": "" };
const BLOCK = { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" };

function receiveRun(staging: string): Promise<string> {
  return receive(staging, { equipment: "SEQ_07", block: BLOCK, files: FILES });
}

function farOf(station: Station): string {
  return join(station.nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
}

function ingestOf(folder: string): Promise<Ingest> {
  return readIngest(recordPath(folder, RECORD_FILES.ingest));
}

async function untilTold(folder: string, state: string): Promise<Ingest> {
  const path = recordPath(folder, RECORD_FILES.ingest);
  await until(async () => {
    try {
      return (await readIngest(path)).current_state === state;
    } catch {
      return false;
    }
  }, { what: `${path} to say ${state}`, limitMs: LIMIT_MS });
  return await ingestOf(folder);
}

Deno.test("ingest.json on staging and NAS tells the whole story of a received run", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receiveRun(staging);
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilVerified(daemon, run);
  const here = await untilTold(run, "sync_verified");
  const { history, ...facts } = here;
  assert.deepEqual(facts, {
    schema_version: "1.1",
    project_name: "Cortex Q3",
    equipment_id: "SEQ_07",
    run_kind: "experimental",
    run_path: "SEQ_07/Cortex Q3/Runs/Run_2026-04-17T14-32",
    transport: "smb_mount",
    current_state: "sync_verified",
  });
  const told = history.map(({ at: _, host, ...entry }) => {
    assert.equal(host, hostname());
    return entry;
  });
  const nasPath = farOf(station);
  assert.deepEqual(told, [
    { state: "staging" },
    { state: "complete", files_received: 3, bytes_received: 9 },
    { state: "sync_queued" },
    {
      state: "sync_verified",
      nas_path: nasPath,
      checksum_file: `${nasPath}/.exlab-wizard/checksums.sha256`,
    },
  ]);
  const times = history.map(({ at }) => at);
  assert.deepEqual(times, times.toSorted());
  assert.deepEqual(await untilTold(nasPath, "sync_verified"), here);
  const read = (path: string) => Deno.readTextFile(path);
  assert.equal(
    await read(recordPath(run, RECORD_FILES.nasChecksums)),
    await read(recordPath(nasPath, RECORD_FILES.checksums)),
  );
  const log = await read(recordPath(run, `wizard.${hostname()}.log`));
  for (const step of ["ingest: staging", "staging → complete", "sync_queued → sync_verified"]) {
    assert.ok(log.includes(step), `${step} is in the run's log: ${log}`);
  }
});

Deno.test("ingest.json is made up for when the service stopped before it was written", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receiveRun(staging);
  await markReceived(lab);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await untilVerified(daemon, run);
  }
  const path = recordPath(run, RECORD_FILES.ingest);
  // As after a kill: nothing written yet; half of it; the last step without its time at the NAS.
  for (const states of [0, 1, 3]) {
    const lost = await keepEntries(path, states);
    await Deno.remove(recordPath(run, RECORD_FILES.nasChecksums)).catch(() => {});
    await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const told = await untilTold(run, "sync_verified");
    assert.equal(told.history.length, 4, `${states} were left of ${lost}`);
    await untilTold(farOf(station), "sync_verified");
    assert.ok((await Deno.stat(recordPath(run, RECORD_FILES.nasChecksums))).isFile);
  }
});

/** Cuts the record back to its first entries; without any, it is gone. */
async function keepEntries(path: string, states: number): Promise<number> {
  const text = await Deno.readTextFile(path).catch(() => null);
  if (states === 0 || text === null) {
    await Deno.remove(path).catch(() => {});
    return 0;
  }
  const record = JSON.parse(text);
  const all = record.history.length;
  record.history = record.history.slice(0, states);
  record.current_state = record.history.at(-1).state;
  await Deno.writeTextFile(path, JSON.stringify(record));
  return all;
}

Deno.test("what another program keeps in ingest.json survives, also one without a history", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receiveRun(staging);
  const path = recordPath(run, RECORD_FILES.ingest);
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      schema_version: "1.1",
      project_name: "Cortex Q3 Pilot",
      equipment_id: "SEQ_07",
      run_kind: "experimental",
      run_path: "SEQ_07/Cortex Q3/Runs/Run_2026-04-17T14-32",
      transport: "file_transfer",
      current_state: "staging",
      theirs: { deep: [1.0, "x"] },
    }),
  );
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilVerified(daemon, run);
  const { transport, history } = await untilTold(run, "sync_verified");
  assert.equal(transport, "file_transfer");
  assert.deepEqual(history.map(({ state }) => state), ["complete", "sync_queued", "sync_verified"]);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(path)).theirs, { deep: [1.0, "x"] });
});

Deno.test("ingest.json that somebody edited out of step is left alone, and said", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receiveRun(staging);
  await markReceived(lab);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await untilVerified(daemon, run);
    await untilTold(run, "sync_verified");
  }
  const path = recordPath(run, RECORD_FILES.ingest);
  const edited = (await Deno.readTextFile(path)).replace(
    '"current_state": "sync_verified"',
    '"current_state": "complete"',
  );
  await Deno.writeTextFile(path, edited);
  await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(
    async () => (await Deno.readTextFile(lab.stateDir.logFile)).includes("ingest_out_of_step"),
    { what: "the log to tell of it", limitMs: LIMIT_MS },
  );
  assert.equal(await Deno.readTextFile(path), edited);
});

Deno.test("a received run that the gate holds is complete, and goes on when it may", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: BLOCK,
    files: { ...FILES, "a<operator>.dat": "gamma" },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilTold(run, "complete");
  await Deno.rename(join(run, "a<operator>.dat"), join(run, "a.dat"));
  await untilVerified(daemon, run);
  await untilTold(run, "sync_verified");
});

Deno.test("ingest.json names the transport that the pushing labferry's record names", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: BLOCK,
    files: FILES,
    own: { staged_by: "file_transfer" },
  });
  await markReceived(lab);
  await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  assert.equal((await untilTold(run, "sync_verified")).transport, "file_transfer");
});

Deno.test("a staged run's record says how it travels, and another's does not", async () => {
  for (
    const [staged, said] of [
      ["file_transfer", "file_transfer"],
      ["mount", "smb_mount"],
      ["smb_mount", "smb_mount"],
      [null, undefined],
    ] as const
  ) {
    await using dir = await tempDir();
    const way = staged === null
      ? "    transport: { type: mount, path: NAS }"
      : `    sync_mode: stage\n    orchestrator_staging_transport: { type: ${staged}, mount_point: NAS }`;
    const path = await dir.write(
      "config.yaml",
      [
        "equipment:",
        "  - id: PLATE_01",
        `    local_root: ${JSON.stringify(dir.join("data"))}`,
        "    nas_root: nas",
        "    completeness_signal: manual",
        way.replace("NAS", JSON.stringify(dir.join("nas"))),
      ].join("\n"),
    );
    const { config } = await loadConfig({ path, env: {} });
    await Deno.mkdir(dir.join("data"));
    const made = await newRun({
      equipment: config.equipment[0]!,
      project: "Cortex Q3",
      kind: "experimental",
      operator: "ada",
    });
    const creation = await readCreation(recordPath(made.path, RECORD_FILES.creation));
    assert.equal(creation.labferry?.staged_by ?? undefined, said);
  }
});
