import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { readEquipment, recordEquipment, recordPath } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureText, namesBeside } from "./fixtures.ts";

const clock: Clock = { ...systemClock, now: () => new Date("2026-06-01T10:00:00Z") };
const NOW = "2026-06-01T10:00:00Z";

const SETTINGS = {
  id: "CONFOCAL_01",
  label: "Confocal Microscope 1",
  configured_local_root: "/data/lab",
  configured_nas_root: "//nas01/lab",
};

Deno.test("recordEquipment writes a new record with both times the same", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "equipment.json");
  const { did } = await recordEquipment(path, SETTINGS, { clock });
  assert.equal(did, "created");
  const expected = {
    schema_version: "1.0",
    ...SETTINGS,
    first_seen_at: NOW,
    last_modified_at: NOW,
  };
  assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), expected);
  assert.deepEqual(await readEquipment(path), expected);
});

Deno.test("recordEquipment leaves the bytes alone while the configuration is the same", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "equipment-1.0.json", "equipment.json");
  const before = await Deno.stat(path);
  assert.equal((await recordEquipment(path, SETTINGS, { clock })).did, "kept");
  assert.equal((await Deno.stat(path)).ino, before.ino);
});

Deno.test("recordEquipment changes what differs and last_modified_at, and no other byte", async () => {
  await using dir = await tempDir();
  const text = (await fixtureText("equipment-1.0.json"))
    .replace('"schema_version": "1.0"', '"schema_version": "1.3"')
    .replace("{\n", '{\n  "new_in_1_3": {"b": 1.0, "a": 1e400},\n');
  const path = await dir.write(".exlab-wizard/equipment.json", text);
  const { did, equipment } = await recordEquipment(path, { ...SETTINGS, label: "C1" }, { clock });
  assert.equal(did, "updated");
  assert.equal(equipment.first_seen_at, "2025-09-12T09:14:00Z");
  const expected = text.replace("Confocal Microscope 1", "C1").replace("2026-04-17T14:32:00Z", NOW);
  assert.equal(await Deno.readTextFile(path), expected);
});

Deno.test("recordEquipment sets damaged bytes aside before it writes, and keeps first_seen_at", async () => {
  await using dir = await tempDir();
  const whole = await fixtureText("equipment-1.0.json");
  const damaged: [string, string | Uint8Array, string][] = [
    ["cut off", whole.slice(0, -30), "2025-09-12T09:14:00Z"],
    ["cut off early", whole.slice(0, 60), NOW],
    ["empty", "", NOW],
    ["zeros", new Uint8Array(300), NOW],
    ["not UTF-8", new Uint8Array([0xff, 0xfe, 0x00]), NOW],
    ["wrong type", whole.replace('"CONFOCAL_01"', "17"), "2025-09-12T09:14:00Z"],
    ["bad date", '{"first_seen_at": "2025-02-30T00:00:00Z"', NOW],
  ];
  for (const [what, content, firstSeen] of damaged) {
    const path = await dir.write(`${what}/.exlab-wizard/equipment.json`, content);
    const before = await Deno.readFile(path);
    const outcome = await recordEquipment(path, SETTINGS, { clock });
    assert.equal(outcome.did, "replaced_damaged", what);
    assert.deepEqual(await Deno.readFile(outcome.asidePath!), before, what);
    assert.equal((await readEquipment(path)).first_seen_at, firstSeen, what);
    assert.equal(namesBeside(path).length, 3, what);
  }
});

Deno.test("recordEquipment refuses a folder in the record's place and touches nothing in it", async () => {
  await using dir = await tempDir();
  const inside = await dir.write(".exlab-wizard/equipment.json/keep", "x");
  await assert.rejects(recordEquipment(dirname(inside), SETTINGS, { clock }), {
    code: "malformed_record",
  });
  assert.equal(await Deno.readTextFile(inside), "x");
});

Deno.test("recordEquipment refuses another major and another equipment's file", async () => {
  await using dir = await tempDir();
  const text = await fixtureText("equipment-1.0.json");
  const newer = text.replace('"1.0"', '"2.0"');
  const path = await dir.write("a/.exlab-wizard/equipment.json", newer);
  await assert.rejects(recordEquipment(path, SETTINGS, { clock }), {
    code: "schema_major_mismatch",
  });
  assert.equal(await Deno.readTextFile(path), newer);
  const other = await dir.write("b/.exlab-wizard/equipment.json", text);
  await assert.rejects(recordEquipment(other, { ...SETTINGS, id: "FLOW_01" }, { clock }), {
    code: "change_refused",
  });
  assert.equal(await Deno.readTextFile(other), text);
});

Deno.test("recordEquipment from many callers at once writes one record", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, ".exlab-wizard", "equipment.json");
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => recordEquipment(path, SETTINGS, { clock })),
  );
  assert.deepEqual(outcomes.map(({ did }) => did).sort(), [
    "created",
    ...Array(5).fill("kept"),
  ]);
});
