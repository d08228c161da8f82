import assert from "node:assert/strict";
import {
  advanceIngest,
  createIngest,
  INGEST_STATES,
  ingestFault,
  readIngest,
  recordPath,
} from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureText } from "./fixtures.ts";

const HOST = { host: "labpc-04" };

Deno.test("advanceIngest walks the five states, one entry each", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "ingest.json");
  const draft = {
    project_name: "Cortex",
    equipment_id: "CONFOCAL_01",
    run_kind: "experimental",
    run_path: "CONFOCAL_01/P/Runs/Run_1",
    transport: "smb_mount",
    ...HOST,
  } as const;
  await createIngest(path, draft);
  await assert.rejects(createIngest(path, draft), { code: "already_exists" });
  await advanceIngest(path, "complete", {
    ...HOST,
    filesReceived: 2,
    bytesReceived: 7,
    nasPath: "not at this state",
  });
  await advanceIngest(path, "sync_queued", { ...HOST, filesReceived: 9 });
  await advanceIngest(path, "sync_verified", { ...HOST, nasPath: "/n", checksumFile: "c" });
  await advanceIngest(path, "cleared", HOST);
  const ingest = await readIngest(path);
  assert.equal(ingest.current_state, "cleared");
  assert.equal(ingestFault(ingest), null);
  assert.deepEqual(ingest.history.map(({ at: _, host: __, ...rest }) => rest), [
    { state: "staging" },
    { state: "complete", files_received: 2, bytes_received: 7 },
    { state: "sync_queued" },
    { state: "sync_verified", nas_path: "/n", checksum_file: "c" },
    { state: "cleared" },
  ]);
  const log = await Deno.readTextFile(recordPath(dir.path, "wizard.labpc-04.log"));
  const tags = "[host:labpc-04] [equip:CONFOCAL_01] [proj:Cortex] [kind:experimental] [run:Run_1]";
  assert.deepEqual(log.trimEnd().split("\n").map((line) => line.slice(line.indexOf("[host"))), [
    `${tags} ingest: staging`,
    `${tags} ingest: staging → complete`,
    `${tags} ingest: complete → sync_queued`,
    `${tags} ingest: sync_queued → sync_verified`,
    `${tags} ingest: sync_verified → cleared`,
  ]);
});

Deno.test("advanceIngest appends and leaves every other byte", async () => {
  await using dir = await tempDir();
  const text = (await fixtureText("ingest-1.1.json"))
    .replace('"schema_version": "1.1"', '"schema_version": "1.7"')
    .replace('"files_received": 142', '"files_received": 142.0, "new": [1e400]');
  const path = await dir.write(".exlab-wizard/ingest.json", text);
  const after = await advanceIngest(path, "sync_verified", { host: "pc", nasPath: "//n" });
  const entry = {
    state: "sync_verified",
    at: after.history.at(-1)!.at,
    host: "pc",
    nas_path: "//n",
  };
  const lines = JSON.stringify(entry, null, 2).replaceAll("\n", "\n    ");
  const expected = text
    .replace('"current_state": "sync_queued"', '"current_state": "sync_verified"')
    .replace(/\n {2}\]\n\}\n$/, `,\n    ${lines}\n  ]\n}\n`);
  assert.equal(await Deno.readTextFile(path), expected);
});

Deno.test("advanceIngest takes one step forward only; the state it is in changes nothing", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "ingest-1.1.json", "ingest.json");
  const before = await Deno.readTextFile(path);
  for (const state of INGEST_STATES) {
    if (state === "sync_verified") continue;
    if (state === "sync_queued") await advanceIngest(path, state, HOST);
    else {
      await assert.rejects(
        advanceIngest(path, state, HOST),
        { code: "ingest_step_refused" },
        state,
      );
    }
    assert.equal(await Deno.readTextFile(path), before);
  }
});

Deno.test("advanceIngest refuses a record whose state and history contradict each other", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "ingest-out-of-step.json", "ingest.json");
  const text = await Deno.readTextFile(path);
  assert.match(ingestFault(await readIngest(path))!, /cleared, but .* sync_queued/);
  for (const state of INGEST_STATES) {
    await assert.rejects(advanceIngest(path, state, HOST), { code: "ingest_out_of_step" });
  }
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("ingestFault finds skipped, repeated and foreign entries", () => {
  const fault = (...states: string[]) =>
    ingestFault({
      current_state: states.at(-1) ?? "staging",
      history: states.map((state) => ({ state })),
    });
  assert.equal(fault("staging", "complete"), null);
  assert.equal(fault(), null, "the other program leaves out an empty history");
  assert.match(ingestFault({ current_state: "complete", history: [] })!, /history is empty/);
  assert.equal(fault("complete", "sync_queued"), null, "staging without an entry");
  assert.match(fault("staging", "sync_queued")!, /entry 2 says sync_queued, where only complete/);
  assert.match(fault("staging", "staging")!, /entry 2/);
  assert.match(fault("sync_queued")!, /entry 1/);
  assert.match(fault(...INGEST_STATES, "cleared")!, /only nothing can follow/);
});
