import assert from "node:assert/strict";
import { resolve } from "node:path";
import {
  addressOfLayout,
  checkProjectName,
  equipmentIdFault,
  findRunAddress,
  isNeverSynced,
  isRecordPath,
  leafNames,
  projectNameFault,
  runAddressOf,
  runDir,
} from "../../lib/records/mod.ts";

Deno.test("runAddressOf reads root, equipment, project, kind and leaf", () => {
  assert.deepEqual(runAddressOf("/data/lab/CONFOCAL_01/Cortex Q3/Runs/Run_2026-04-17T14-32/"), {
    root: resolve("/data/lab"),
    equipmentId: "CONFOCAL_01",
    project: "Cortex Q3",
    kind: "experimental",
    prefixKind: "experimental",
    leaf: "Run_2026-04-17T14-32",
    layoutPath: "Cortex Q3/Runs/Run_2026-04-17T14-32",
  });
  assert.equal(runAddressOf("/A/P/Runs/Run_x").root, resolve("/"));
});

Deno.test("runAddressOf keeps both signals of a test run, also when they disagree", () => {
  const place = runAddressOf("/d/A/P/TestRuns/Run_1");
  assert.deepEqual([place.kind, place.prefixKind], ["test", "experimental"]);
  assert.equal(runAddressOf("/d/A/P/Runs/TestRun_1").prefixKind, "test");
});

Deno.test("runAddressOf says why a folder is not a run", () => {
  const cases: [string, RegExp][] = [
    ["/d/A/P/Runs/2026", /begins neither/],
    ["/d/A/P/runs/Run_1", /parent folder is runs/],
    ["/d/confocal/P/Runs/Run_1", /not an equipment id/],
    ["/Runs/Run_1", /not <root>/],
  ];
  for (const [path, why] of cases) {
    assert.throws(() => runAddressOf(path), (error: Error & { code: string }) => {
      assert.equal(error.code, "not_a_run");
      assert.match(error.message, why);
      return true;
    });
    assert.equal(findRunAddress(path), null);
  }
});

Deno.test("addressOfLayout is the inverse of runDir", () => {
  const place = addressOfLayout("FLOW_01/PROJ-0007/TestRuns/TestRun_2025-03-02T08-15-2");
  assert.equal(place.kind, "test");
  const dir = runDir({ ...place, root: "/staging" });
  assert.deepEqual(runAddressOf(dir), { ...place, root: resolve("/staging") });
  assert.throws(() => addressOfLayout("FLOW_01/P/Runs/Run_1/deeper"), { code: "not_a_run" });
});

Deno.test("equipmentIdFault holds ids to capitals, digits and underscores, at most 32", () => {
  for (const id of ["A", "CONFOCAL_01", "A".repeat(32)]) assert.equal(equipmentIdFault(id), null);
  for (const id of ["", "1A", "_A", "a", "A-1", "A B", "A\n", "Ä", "A".repeat(33)]) {
    assert.ok(equipmentIdFault(id), id);
  }
});

Deno.test("checkProjectName refuses what is not one safe segment, and never changes a name", () => {
  const fine = ["PROJ-0042", "Cortex Q3 Pilot", "日本語", "a.b", "50% (neu)", "<x>", "console"];
  for (const name of fine) assert.equal(projectNameFault(name), null, name);
  const unsafe = [
    "",
    " ",
    ".",
    "..",
    "a/b",
    "a\\b",
    "../x",
    "/abs",
    "C:",
    "a\0b",
    "a\nb",
    ".hidden",
  ];
  unsafe.push(".exlab-wizard", "end.", "end ", " start", "NUL", "con.txt", "LPT1", "a|b", "what?");
  unsafe.push("é".repeat(128), "\ud800");
  for (const name of unsafe) {
    assert.throws(() => checkProjectName(name), { code: "unsafe_project_name" }, name);
  }
});

Deno.test("leafNames gives the minute with hyphens, then -2, -3", () => {
  const names = leafNames("experimental", new Date("2026-04-17T14:32:59Z"));
  assert.equal(names.next().value, "Run_2026-04-17T14-32");
  assert.equal(names.next().value, "Run_2026-04-17T14-32-2");
  assert.equal(names.next().value, "Run_2026-04-17T14-32-3");
  const all = Array.from(leafNames("test", new Date("2026-04-17T09:12:00Z")));
  assert.equal(all[0], "TestRun_2026-04-17T09-12");
  assert.equal(new Set(all).size, 999);
});

Deno.test("isRecordPath and isNeverSynced part records, locks and temps from data", () => {
  for (const path of [".exlab-wizard", ".exlab-wizard/creation.json", ".exlab-wizard/a/b"]) {
    assert.ok(isRecordPath(path), path);
  }
  for (const path of ["a.lock", ".exlab-wizard2/x", "sub/.exlab-wizard/creation.json", "x.tmp"]) {
    assert.ok(!isRecordPath(path), path);
    assert.ok(!isNeverSynced(path), path);
  }
  for (const name of ["creation.json.lock", "transfer.lock", "creation.json.0a1b.tmp"]) {
    assert.ok(isNeverSynced(`.exlab-wizard/${name}`), name);
  }
  for (const name of ["creation.json", "wizard.pc.log", "templates/cache.tmp"]) {
    assert.ok(!isNeverSynced(`.exlab-wizard/${name}`), name);
  }
});
