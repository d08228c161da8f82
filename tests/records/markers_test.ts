import assert from "node:assert/strict";
import { markerName, readMarker, recordPath, writeMarker } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureText } from "./fixtures.ts";

const MARKER = { kind: "test", project: "PROJ-0042", equipment: "CONFOCAL_01" } as const;

Deno.test("writeMarker writes once, also when many try at the same time", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, markerName("test"));
  const wrote = await Promise.all(Array.from({ length: 6 }, () => writeMarker(path, MARKER)));
  assert.equal(wrote.filter(Boolean).length, 1);
  const { created_at, ...marker } = await readMarker(path);
  assert.deepEqual(marker, {
    schema_version: "1.0",
    run_kind: "test",
    project: "PROJ-0042",
    equipment: "CONFOCAL_01",
  });
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

Deno.test("writeMarker leaves whatever bears the name as it is", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "test_runs-1.0.json", "test_runs.json");
  assert.equal(await writeMarker(path, { ...MARKER, project: "another" }), false);
  assert.equal(await Deno.readTextFile(path), await fixtureText("test_runs-1.0.json"));
  const broken = await dir.write("x/.exlab-wizard/runs.json", "{");
  assert.equal(await writeMarker(broken, MARKER), false);
  assert.equal(await Deno.readTextFile(broken), "{");
});

Deno.test("readMarker reads both markers of the other program", async () => {
  await using dir = await tempDir();
  for (const [name, kind] of [["runs-1.0.json", "experimental"], ["test_runs-1.0.json", "test"]]) {
    const marker = await readMarker(await copyFixture(dir, name!, "marker.json"));
    assert.equal(marker.run_kind, kind);
  }
});
