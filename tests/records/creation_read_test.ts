import assert from "node:assert/strict";
import type { LabferryError } from "../../lib/base/mod.ts";
import { mutateCreation, readCreation, snapshotRecord } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureText, GOOD_CREATIONS } from "./fixtures.ts";
import { testWith } from "../support/needs.ts";

Deno.test("readCreation fills in what older and terser files leave out", async () => {
  await using dir = await tempDir();
  const old = await readCreation(await copyFixture(dir, "creation-1.0.json"));
  assert.equal(old.run_kind, "experimental");
  assert.equal(old.sync_status, "pending");
  assert.deepEqual(old.plugins_applied, []);
  assert.deepEqual(old.validation_overrides, []);
  assert.equal(old.lims_project, undefined);
  assert.equal(old.variables["note"], "µ-slide ☂");
  const compact = "creation-1.8-compact-defaults-omitted.json";
  const terse = await readCreation(await copyFixture(dir, compact));
  assert.equal(terse.lims_project?.source, "live");
  assert.equal(terse.lims_project?.cache_freshness_at_use, null);
});

Deno.test("readCreation keeps words that a newer minor added", async () => {
  await using dir = await tempDir();
  const future = await readCreation(await copyFixture(dir, "creation-1.12-future.json"));
  assert.equal(future.schema_version, "1.12");
  assert.equal(future.lims_project?.source, "telepathy");
  assert.equal(future.plugins_applied[0]?.status, "quarantined");
});

Deno.test("readCreation reads every good fixture and leaves its bytes alone", async () => {
  await using dir = await tempDir();
  for (const name of GOOD_CREATIONS) {
    const path = await copyFixture(dir, name);
    await readCreation(path);
    const bytes = await snapshotRecord(path);
    assert.equal(new TextDecoder().decode(bytes), await fixtureText(name));
    assert.equal(await Deno.readTextFile(path), await fixtureText(name));
  }
});

/** What is wrong, the code, and what the message has to say. */
const REFUSED: [string, string | Uint8Array, string, RegExp][] = [
  ["0 bytes", "", "malformed_record", /line 1, column 1: it is empty/],
  ["zeros after a power cut", "\0".repeat(512), "malformed_record", /U\+0000/],
  ["not JSON", "schema_version: 1.9\n", "malformed_record", /line 1, column 1: /],
  ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xe9, 0x22]), "malformed_record", /column 3.*UTF-8/],
  ["BOM", '\ufeff{"schema_version": "1.9"}', "malformed_record", /byte order mark/],
  ["deep", "[".repeat(200_000), "malformed_record", /column 101: nested deeper than 100/],
  ["a list", "[]", "malformed_record", /not a JSON object/],
  ["comments", '{/* */"schema_version": "1.9"}', "malformed_record", /comments/],
  ["trailing comma", '{"schema_version": "1.9",}', "malformed_record", /line 1, column 26/],
  ["number version", '{"schema_version": 1.9}', "schema_major_mismatch", /found 1.9/],
  ["odd version", '{"schema_version": "1.x"}', "schema_major_mismatch", /found "1.x"/],
  ["version 0", '{"schema_version": "0.9"}', "schema_major_mismatch", /major 1 .*found "0.9"/],
  ["empty object", "{}", "schema_major_mismatch", /schema_version: .*found nothing/],
  [
    "missing field",
    '{"schema_version": "1.9"}',
    "malformed_record",
    /expected a text, found nothing/,
  ],
];

Deno.test("readCreation and mutateCreation refuse bad input and leave every byte", async () => {
  await using dir = await tempDir();
  for (const [what, content, code, message] of REFUSED) {
    const path = await dir.write(`${what}/.exlab-wizard/creation.json`, content);
    const before = await Deno.readFile(path);
    for (const attempt of [readCreation, change]) {
      const error = await failure(attempt(path));
      assert.equal(error.code, code, what);
      assert.match(error.message, message, what);
      assert.ok(error.message.includes(path), what);
      assert.equal(error.path, path);
    }
    assert.deepEqual(await Deno.readFile(path), before, what);
  }
});

Deno.test("readCreation refuses the fixtures that have to be refused, saying why", async () => {
  await using dir = await tempDir();
  const cases: [string, string, RegExp][] = [
    ["creation-2.0-refuse.json", "schema_major_mismatch", /line 2, .*major 1.*found "2.0"/],
    ["creation-no-version-refuse.json", "schema_major_mismatch", /schema_version.*found nothing/],
    ["creation-truncated-refuse.json", "malformed_record", /line 1, column \d+: it ends too early/],
    [
      "creation-wrong-type-refuse.json",
      "malformed_record",
      /line 34, column 27: validation_overrides: expected a list, found a text/,
    ],
  ];
  for (const [name, code, message] of cases) {
    const path = await copyFixture(dir, name);
    for (const attempt of [readCreation, change]) {
      const error = await failure(attempt(path));
      assert.equal(error.code, code, name);
      assert.match(error.message, message);
    }
    assert.equal(await Deno.readTextFile(path), await fixtureText(name));
  }
});

testWith(
  ["links"],
  "readCreation refuses folders, links and huge files without reading them",
  async () => {
    await using dir = await tempDir();
    const folder = dir.join("creation.json");
    await Deno.mkdir(folder);
    assert.match((await failure(readCreation(folder))).message, /it is a folder/);
    const link = dir.join("link.json");
    await Deno.symlink(await copyFixture(dir, "creation-1.8.json"), link);
    assert.match((await failure(readCreation(link))).message, /symbolic link/);
    const huge = await dir.write("huge.json", "");
    await Deno.truncate(huge, 200_000_000);
    assert.match((await failure(readCreation(huge))).message, /200 MB long, the limit is 16.8 MB/);
    const missing = dir.join("missing/creation.json");
    assert.equal((await failure(readCreation(missing))).code, "record_missing");
    assert.equal((await failure(mutateCreation(missing, setFailed))).code, "record_missing");
    assert.equal((await failure(snapshotRecord(missing))).code, "record_missing");
  },
);

function change(path: string): Promise<unknown> {
  return mutateCreation(path, setFailed);
}

function setFailed<T extends { sync_status: string }>(creation: T): T {
  return { ...creation, sync_status: "failed" };
}

async function failure(attempt: Promise<unknown>): Promise<LabferryError> {
  const [outcome] = await Promise.allSettled([attempt]);
  assert.equal(outcome.status, "rejected");
  return outcome.reason as LabferryError;
}
