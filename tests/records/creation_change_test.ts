import assert from "node:assert/strict";
import { derivedOverrideId } from "../../lib/records/override_id.ts";
import {
  type Creation,
  mutateCreation,
  newRevocation,
  readCreation,
  setOwnFields,
} from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { copyFixture, fixtureText, GOOD_CREATIONS, namesBeside } from "./fixtures.ts";
import { testWith } from "../support/needs.ts";

const OVERRIDE = {
  id: "5f6ad3a2-1111-4222-8333-444455556666",
  problem_class: "case_collision",
  operator: "müller",
  recorded_at: "2026-06-01T08:00:00Z",
  reason: 'the "vendor" writes\nboth',
  revoked: false,
};

const failed = (creation: Creation): Creation => ({ ...creation, sync_status: "failed" });
const overridden = (creation: Creation): Creation => ({
  ...creation,
  validation_overrides: [...creation.validation_overrides, OVERRIDE],
});

Deno.test("mutateCreation changes sync_status and leaves every other byte of every fixture", async () => {
  await using dir = await tempDir();
  for (const name of GOOD_CREATIONS) {
    const path = await copyFixture(dir, name);
    await mutateCreation(path, failed);
    const before = await fixtureText(name);
    const expected = stamped(withIds(withStatus(before)));
    assert.equal(await Deno.readTextFile(path), expected, name);
    assert.equal((await readCreation(path)).sync_status, "failed");
    assert.deepEqual(namesBeside(path), ["creation.json", "creation.json.lock"]);
  }
});

Deno.test("mutateCreation appends an override and leaves every other byte of every fixture", async () => {
  await using dir = await tempDir();
  for (const name of GOOD_CREATIONS) {
    const path = await copyFixture(dir, name);
    await mutateCreation(path, overridden);
    const before = await fixtureText(name);
    const expected = stamped(withOverride(withIds(before)));
    assert.equal(await Deno.readTextFile(path), expected, name);
    assert.deepEqual((await readCreation(path)).validation_overrides.at(-1), OVERRIDE);
  }
});

/** The same edits, made by hand on the text. */
function stamped(text: string): string {
  return text.replace(/("schema_version": ?)"1\.[0-8]"/, '$1"1.9"');
}

function withStatus(text: string): string {
  const there = /"sync_status": ?"(pending|blocked_by_validation)"/;
  if (there.test(text)) return text.replace(there, '"sync_status": "failed"');
  return atEnd(text, '"sync_status": "failed"', '"sync_status":"failed"');
}

function withOverride(text: string): string {
  const lines = JSON.stringify(OVERRIDE, null, 2).replaceAll("\n", "\n    ");
  if (!text.includes('"validation_overrides"')) {
    const block = `"validation_overrides": [\n    ${lines}\n  ]`;
    return atEnd(text, block, `"validation_overrides":[${JSON.stringify(OVERRIDE)}]`);
  }
  const start = text.indexOf('"validation_overrides"');
  const end = text.indexOf("]", start);
  if (text[end - 1] === "[") return `${text.slice(0, end)}\n    ${lines}\n  ${text.slice(end)}`;
  const last = text.lastIndexOf("}", end) + 1;
  return `${text.slice(0, last)},\n    ${lines}${text.slice(last)}`;
}

function withIds(text: string): string {
  const entries = JSON.parse(text).validation_overrides ?? [];
  if (entries.length !== 1) return text;
  const id = derivedOverrideId(entries[0]);
  return text.replace('"revoked": false\n', `"revoked": false,\n      "id": "${id}"\n`);
}

function atEnd(text: string, onLines: string, compact: string): string {
  if (text.endsWith("\n}\n")) return `${text.slice(0, -3)},\n  ${onLines}\n}\n`;
  return `${text.slice(0, -1)},${compact}}`;
}

Deno.test("mutateCreation keeps numbers, escapes and unknown fields at every depth", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.12-future.json");
  await mutateCreation(path, (creation) => overridden(failed(creation)));
  const text = await Deno.readTextFile(path);
  for (
    const kept of [
      '"deep": [1.0, 12345678901234567890, 1e400, -0, 1E+2]',
      '"ab\\u0063\\/d"',
      '{"10": "ten", "9": "nine", "exposure_s": 0.50}',
      '"confidence": 0.10',
      '"schema_version": "1.12"',
    ]
  ) assert.ok(text.includes(kept), kept);
});

Deno.test("mutateCreation writes nothing when nothing changes, not even a stamp", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.2-override-without-id.json");
  const before = await Deno.stat(path);
  await mutateCreation(path, (creation) => ({ ...creation, sync_status: "blocked_by_validation" }));
  assert.equal((await Deno.stat(path)).ino, before.ino);
});

Deno.test("mutateCreation refuses any other change, in place or in a copy", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.7-overrides.json");
  const before = await Deno.readTextFile(path);
  const first = (creation: Creation) => creation.validation_overrides[0]!;
  const refused: [string, (creation: Creation) => Creation][] = [
    ["created_by", (creation) => ({ ...creation, created_by: "someone" })],
    ["variables", (creation) => {
      creation.variables["gain"] = 2;
      return creation;
    }],
    ["paths", (creation) => ({ ...creation, paths: { ...creation.paths, nas: "x" } })],
    ["schema_version", (creation) => ({ ...creation, schema_version: "1.9" })],
    ["edited", (creation) => {
      first(creation)["reason"] = "another";
      return creation;
    }],
    ["removed", (creation) => ({
      ...creation,
      validation_overrides: creation.validation_overrides.slice(1),
    })],
    ["id is taken", (creation) => ({
      ...creation,
      validation_overrides: [...creation.validation_overrides, {
        ...OVERRIDE,
        id: first(creation)["id"],
      }],
    })],
    ["reason must not be empty", (creation) => ({
      ...creation,
      validation_overrides: [...creation.validation_overrides, { ...OVERRIDE, reason: " " }],
    })],
    ["not a sync_status", (creation) => ({ ...creation, sync_status: "sunk" })],
  ];
  for (const [why, change] of refused) {
    await assert.rejects(mutateCreation(path, change), (error: Error & { code: string }) => {
      assert.equal(error.code, "change_refused", why);
      assert.ok(error.message.includes(why), error.message);
      return true;
    });
    assert.equal(await Deno.readTextFile(path), before, why);
  }
});

Deno.test("mutateCreation refuses to write over duplicate keys, which can be read", async () => {
  await using dir = await tempDir();
  const text = (await fixtureText("creation-1.8.json")).replace(
    '"gain": 1.0,',
    '"gain": 1.0, "g\\u0061in": 2.0,',
  );
  const path = await dir.write(".exlab-wizard/creation.json", text);
  assert.equal((await readCreation(path)).variables["gain"], 2);
  await assert.rejects(mutateCreation(path, failed), (error: Error & { code: string }) => {
    assert.equal(error.code, "duplicate_key");
    assert.match(error.message, /creation\.json was not changed: line 14, column 18: .*"gain"/);
    return true;
  });
  assert.equal(await Deno.readTextFile(path), text);
});

Deno.test("an override without id has the same id on every read and can be revoked by it", async () => {
  await using dir = await tempDir();
  const name = "creation-1.2-override-without-id.json";
  const path = await copyFixture(dir, name);
  const [first, second] = [await readCreation(path), await readCreation(path)];
  const id = first.validation_overrides[0]?.["id"] as string;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/);
  assert.equal(second.validation_overrides[0]?.["id"], id);
  assert.equal(await Deno.readTextFile(path), await fixtureText(name));
  const recordedAt = new Date("2026-06-01T08:00:00Z");
  const tombstone = newRevocation({ revokes: id, operator: "x", reason: "fixed", recordedAt });
  await mutateCreation(path, (creation) => ({
    ...creation,
    validation_overrides: [...creation.validation_overrides, tombstone],
  }));
  const written = JSON.parse(await Deno.readTextFile(path)).validation_overrides;
  assert.deepEqual(written.map((entry: { id: string }) => entry.id), [id, tombstone["id"]]);
});

Deno.test("derivedOverrideId depends on content, not on the order of keys", () => {
  const a = derivedOverrideId({ reason: "r", operator: "o", extra: { x: 1, y: [2] } });
  assert.equal(derivedOverrideId({ extra: { y: [2], x: 1 }, operator: "o", reason: "r" }), a);
  assert.equal(
    derivedOverrideId({ id: null, reason: "r", operator: "o", extra: { x: 1, y: [2] } }),
    a,
  );
  assert.notEqual(derivedOverrideId({ reason: "r", operator: "o", extra: { x: 1, y: [3] } }), a);
});

testWith(["unix"], "mutateCreation keeps the file's mode", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.8.json");
  await Deno.chmod(path, 0o640);
  await mutateCreation(path, failed);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
});

/** A record up to where another member of its root goes. */
function stampedAndOpen(text: string): string {
  return `${stamped(text).trimEnd().slice(0, -2)},\n  `;
}

Deno.test("setOwnFields sets its fields and leaves every other byte, block and all", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.8.json");
  await setOwnFields(path, { pinned: true });
  const text = await Deno.readTextFile(path);
  const start = text.indexOf('"labferry"');
  assert.equal(text.slice(0, start), stampedAndOpen(await fixtureText("creation-1.8.json")));
  const newer = `${text.slice(0, start)}"labferry": { "future": [1.0, 1234567890123456789], ` +
    '"pinned": true }\n}\n';
  await Deno.writeTextFile(path, newer);
  await setOwnFields(path, { pinned: true });
  assert.equal(await Deno.readTextFile(path), newer, "nothing new, nothing written");
  await setOwnFields(path, { pinned: false, layout: "A/P/Runs/Run_1" });
  assert.equal(
    await Deno.readTextFile(path),
    newer.replace('"pinned": true', '"pinned": false, "layout": "A/P/Runs/Run_1"'),
  );
});

Deno.test("mutateCreation never moves a run's place nor drops a field of our block", async () => {
  await using dir = await tempDir();
  const path = await copyFixture(dir, "creation-1.8.json");
  await setOwnFields(path, { layout: "A/P/Runs/Run_1", pinned: true });
  const text = await Deno.readTextFile(path);
  const refused = { code: "change_refused" };
  await assert.rejects(setOwnFields(path, { layout: "A/P/Runs/Run_2" }), refused);
  const without = (creation: Creation) => ({
    ...creation,
    labferry: { layout: "A/P/Runs/Run_1" },
  });
  await assert.rejects(mutateCreation(path, without), refused);
  assert.equal(await Deno.readTextFile(path), text);
});
