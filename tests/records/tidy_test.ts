import assert from "node:assert/strict";
import { lockFile } from "../../lib/disk/mod.ts";
import { mutateCreation, recordPath, tidyRecords } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { fixtureText, namesBeside } from "./fixtures.ts";

const NOTHING = { removed: [], failed: [] };

Deno.test("tidyRecords removes only temps older than a day whose lock is free", async () => {
  await using dir = await tempDir();
  const creation = recordPath(dir.path, "creation.json");
  await dir.write(".exlab-wizard/creation.json", await fixtureText("creation-1.8.json"));
  const old = await dir.write(".exlab-wizard/creation.json.0123456789abcdef.tmp", "half");
  const data = await dir.write("creation.json.0123456789abcdef.tmp", "data of the run");
  const fresh = await dir.write(".exlab-wizard/ingest.json.0123456789abcdef.tmp", "half");
  const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
  await Deno.utime(old, twoDaysAgo, twoDaysAgo);
  await Deno.utime(data, twoDaysAgo, twoDaysAgo);
  {
    using _writer = await lockFile(`${creation}.lock`, { mode: "exclusive" });
    assert.deepEqual(await tidyRecords(dir.path), NOTHING);
  }
  assert.deepEqual((await tidyRecords(dir.path)).removed, [old]);
  assert.deepEqual(await tidyRecords(dir.path), NOTHING);
  await Deno.stat(data);
  await Deno.stat(fresh);
});

Deno.test("tidyRecords has nothing to do where there are no records", async () => {
  await using dir = await tempDir();
  assert.deepEqual(await tidyRecords(dir.path), NOTHING);
  assert.deepEqual(await tidyRecords(dir.join("gone")), NOTHING);
});

Deno.test("a leftover temp does not keep a record from being changed", async () => {
  await using dir = await tempDir();
  const text = await fixtureText("creation-1.8.json");
  const path = await dir.write(".exlab-wizard/creation.json", text);
  await dir.write(".exlab-wizard/creation.json.0123456789abcdef.tmp", "half");
  await mutateCreation(path, (creation) => ({ ...creation, sync_status: "synced" }));
  assert.equal(namesBeside(path).length, 3);
});
