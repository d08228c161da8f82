import assert from "node:assert/strict";
import { checkRecord, readIngest, setRecord, showRecord } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureNames, fixtureText } from "./fixtures.ts";

Deno.test("showRecord tells every fixture's kind by what it holds and by its name", async () => {
  await using dir = await tempDir();
  for (const name of fixtureNames(/^(?!.*refuse).*\.json$/)) {
    const kind = /^(test_)?runs/.test(name) ? "marker" : name.replace(/-.*/, "");
    const own = await showRecord(await copyFixture(dir, name, name));
    assert.equal(own.kind, kind, name);
    assert.deepEqual(own.fields, JSON.parse(await fixtureText(name)));
    const standard = kind === "marker" ? "runs.json" : `${kind}.json`;
    assert.equal((await showRecord(await copyFixture(dir, name, standard))).kind, kind);
  }
  const sums = await dir.write("checksums.sha256", `${"0".repeat(64)}  a\n`);
  assert.deepEqual((await showRecord(sums)).view, { files: 1 });
  const other = await dir.write("readme_fields.json", '{"a": 1}');
  assert.deepEqual(await showRecord(other), {
    path: other,
    kind: "unknown",
    fields: { a: 1 },
    view: null,
  });
});

Deno.test("checkRecord passes good fixtures and says what is wrong with the others", async () => {
  await using dir = await tempDir();
  for (const name of fixtureNames(/\.json$/)) {
    const checked = await checkRecord(await copyFixture(dir, name, name));
    const isBad = /refuse|out-of-step/.test(name);
    assert.equal(checked.ok, !isBad, name);
    assert.equal(checked.problems.length, isBad ? 1 : 0, name);
    assert.equal(await Deno.readTextFile(checked.path), await fixtureText(name));
  }
  const step = await checkRecord(
    await copyFixture(dir, "ingest-out-of-step.json", "ingest.json"),
  );
  assert.equal(step.problems[0]!.code, "ingest_out_of_step");
});

Deno.test("checkRecord notes orphans and malformed overrides, and finds duplicate keys", async () => {
  await using dir = await tempDir();
  const checked = await checkRecord(await copyFixture(dir, "creation-1.7-overrides.json"));
  assert.deepEqual(checked.notes.map(({ code }) => code), [
    "orphan_tombstone",
    "malformed_override",
  ]);
  const text = (await fixtureText("equipment-1.0.json")).replace("{", '{"label": "x",');
  const twice = await checkRecord(await dir.write("equipment.json", text));
  assert.deepEqual(twice.problems.map(({ code }) => code), ["duplicate_key"]);
  await assert.rejects(checkRecord(dir.join("none.json")), { code: "record_missing" });
});

Deno.test("setRecord sets sync_status and one ingest step, through the same writers", async () => {
  await using dir = await tempDir();
  const creation = await copyFixture(dir, "creation-1.8.json");
  await setRecord(creation, { sync_status: "synced" });
  const expected = (await fixtureText("creation-1.8.json"))
    .replace('"1.8"', '"1.9"').replace('"sync_status": "pending"', '"sync_status": "synced"');
  assert.equal(await Deno.readTextFile(creation), expected);
  const ingest = await copyFixture(dir, "ingest-1.1.json", "ingest.json");
  await setRecord(ingest, { current_state: "sync_verified" }, { host: "pc" });
  assert.equal((await readIngest(ingest)).history.at(-1)!.host, "pc");
});

Deno.test("setRecord refuses everything else and leaves the bytes", async () => {
  await using dir = await tempDir();
  const cases: [string, Record<string, string>, string][] = [
    ["creation-1.8.json", { created_by: "x" }, "change_refused"],
    ["creation-1.8.json", { sync_status: "failed", level: "project" }, "change_refused"],
    ["creation-1.8.json", { sync_status: "sunk" }, "change_refused"],
    ["creation-1.8.json", {}, "change_refused"],
    ["creation-2.0-refuse.json", { sync_status: "failed" }, "schema_major_mismatch"],
    ["creation-truncated-refuse.json", { sync_status: "failed" }, "malformed_record"],
    ["equipment-1.0.json", { label: "x" }, "change_refused"],
    ["runs-1.0.json", { project: "x" }, "change_refused"],
    ["ingest-1.1.json", { current_state: "cleared" }, "ingest_step_refused"],
    ["ingest-1.1.json", { current_state: "lost" }, "change_refused"],
    ["ingest-out-of-step.json", { current_state: "sync_verified" }, "ingest_out_of_step"],
  ];
  for (const [name, changes, code] of cases) {
    const path = await copyFixture(dir, name, name);
    await assert.rejects(setRecord(path, changes), { code }, `${name} ${JSON.stringify(changes)}`);
    assert.equal(await Deno.readTextFile(path), await fixtureText(name));
  }
});
