/** A run with a name that would be held later is refused before anything of it is on the disk. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../lib/base/mod.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { adoptRun, newRun, resyncEquipment } from "../../lib/intake/mod.ts";
import { readEquipment, recordPath } from "../../lib/records/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";

function about(lab: Lab) {
  return {
    equipment: lab.config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental" as const,
    operator: "asmith",
    clock: new HandClock("2026-04-17T14:32:11Z"),
  };
}

/** The error, whose exit code must be the gate's. */
async function refusal(doing: Promise<unknown>): Promise<string> {
  const error = await doing.then(() => null, (reason: unknown) => reason);
  assert.equal(exitCodeOf(error), 3, String(error));
  return String(error);
}

Deno.test("newRun asks the gate first and makes nothing of what it would hold back", async () => {
  await using lab = await openLab();
  const refused = [
    { project: "<project>" },
    { project: "../elsewhere" },
    { leaf: "Run_{{ date }}" },
    { leaf: "TestRun_1" },
    { variables: { sample: "<sample_id>" } },
  ];
  for (const change of refused) await refusal(newRun({ ...about(lab), ...change }));
  const words = await refusal(newRun({ ...about(lab), leaf: "Run_{{ date }}" }));
  assert.match(words, /the gate would hold this run back.*; only another name helps$/i);
  assert.deepEqual([...Deno.readDirSync(lab.dataRoot)], []);
});

testWith(["anyNames"], "newRun is as strict as the configuration's validator", async () => {
  await using lab = await openLab();
  const run = { ...about(lab), project: "dose > 5 mM" };
  await newRun({ ...run, gate: lab.config.validator });
  const strict = { ...lab.config.validator, windowsNames: true };
  assert.match(await refusal(newRun({ ...run, gate: strict })), /illegal_filesystem_character/);
});

Deno.test("adoptRun asks the gate first and leaves the folder as it was", async () => {
  await using lab = await openLab();
  const dir = lab.join("out/{{ scan }}");
  await Deno.mkdir(dir, { recursive: true });
  assert.match(await refusal(adoptRun({ ...about(lab), dir })), /leftover_jinja_marker/);
  assert.deepEqual([...Deno.readDirSync(dir)], []);
});

Deno.test("resyncEquipment brings a registry entry up to date and makes no new one", async () => {
  await using lab = await openLab({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  const { path } = await newRun(about(lab));
  const record = recordPath(`${path}/../../..`, "equipment.json");
  const before = await readEquipment(record);
  const text = await Deno.readTextFile(record);
  assert.deepEqual(await resyncEquipment(lab.config.equipment), []);
  assert.equal(await Deno.readTextFile(record), text, "nothing to say, nothing written");

  const renamed = lab.config.equipment.map((one) => ({ ...one, label: `${one.id} (new)` }));
  assert.deepEqual(await resyncEquipment(renamed), []);
  const after = await readEquipment(record);
  assert.equal(after.label, "PLATE_01 (new)");
  assert.equal(after.first_seen_at, before.first_seen_at);
  await assert.rejects(Deno.lstat(`${lab.dataRoot}/FLOW_01`), Deno.errors.NotFound);
});

Deno.test("a daemon that starts brings equipment.json up to date with its configuration", async () => {
  await using lab = await openLab();
  const { path } = await newRun(about(lab));
  const record = recordPath(`${path}/../../..`, "equipment.json");
  const equipment = lab.config.equipment.map((one) => ({ ...one, nasRoot: "//nas02/lab" }));
  const config = { ...lab.config, equipment };
  await (await startDaemon({ config, stateDir: lab.stateDir })).stop();
  assert.equal((await readEquipment(record)).configured_nas_root, "//nas02/lab");
});

Deno.test("resyncEquipment goes on past an entry that it may not touch, and names it", async () => {
  await using lab = await openLab({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  const runs = await Promise.all(
    lab.config.equipment.map((equipment) => newRun({ ...about(lab), equipment })),
  );
  const [foreign, own] = runs.map(({ path }) => recordPath(`${path}/../../..`, "equipment.json"));
  const future = (await Deno.readTextFile(foreign!)).replace('"1.0"', '"2.0"');
  await Deno.writeTextFile(foreign!, future);
  const renamed = lab.config.equipment.map((one) => ({ ...one, label: "new" }));
  const faults = await resyncEquipment(renamed);
  assert.deepEqual(faults.map(({ equipmentId }) => equipmentId), ["PLATE_01"]);
  assert.equal(await Deno.readTextFile(foreign!), future);
  assert.equal((await readEquipment(own!)).label, "new");
});
